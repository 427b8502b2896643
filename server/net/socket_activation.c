/*
 * socket_activation: see socket_activation.h.
 */
#include "server/net/socket_activation.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/number.h"

enum { FIRST_FD = 3 };

/* Return the number of sockets that are handed in to this process. */
static int count_handed_in(void)
{
    const char *pid_text = getenv("LISTEN_PID"), *count_text = getenv("LISTEN_FDS");
    int64_t pid, count;
    const char *reason;

    if (count_text == NULL)
        return 0;
    if (pid_text == NULL || number_parse_integer(pid_text, 1, INT_MAX, &pid) != NULL ||
        pid != getpid()) {
        warnx("LISTEN_FDS is for process '%.20s', not for this one: ignored",
              pid_text == NULL ? "" : pid_text);
        return 0;
    }
    reason = number_parse_integer(count_text, 1, INT_MAX - FIRST_FD, &count);
    if (reason == NULL)
        return (int)count;
    warnx("LISTEN_FDS '%.20s' %s: ignored", count_text, reason);
    return 0;
}

/* Return whether clients can reach LISTENER: a stream has to listen (listen(2)). */
static bool is_reachable(const struct listener *listener)
{
    int listens = 0;
    socklen_t length = sizeof(listens);

    return listener->endpoint.type != SOCK_STREAM ||
           (getsockopt(listener->fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) == 0 &&
            listens != 0);
}

static void take_one(struct inherited *inherited, int fd, const char *name)
{
    struct failure failure = FAILURE_UNSAID;
    struct listener *listener;

    if (listener_adopt(fd, false, &listener, &failure) != NULL) {
        warnx("handed in as '%.60s': %s: ignored", name, failure.message);
        close(fd);
        return;
    }
    listener->handed_in = true;
    listener->name = strdup(name);
    if (!is_reachable(listener))
        warnx("handed in as '%.60s': descriptor %d does not listen: ignored", name, fd);
    else if (inherited_add(inherited, name, listener) == 0)
        return;
    else
        warn("handed in as '%.60s': cannot keep descriptor %d", name, fd);
    listener_drop(listener);
}

MAY_FAIL socket_activation_take(struct inherited *inherited, int ready_fd, struct failure *failure)
{
    int count = count_handed_in();
    const char *said = getenv("LISTEN_FDNAMES");
    char *names = strdup(said == NULL ? "" : said), *rest = names;
    const struct failed *failed = NULL;

    for (int i = 0; i < count; i++) {
        const char *name = rest == NULL ? NULL : strsep(&rest, ":");

        if (fcntl(FIRST_FD + i, F_GETFD) < 0) {
            warnx("LISTEN_FDS is %d, and descriptor %d is not open: what follows is ignored", count,
                  FIRST_FD + i);
            break;
        }
        /* It would be closed once the newline is written, or before, and its number reused. */
        if (FIRST_FD + i == ready_fd) {
            failed = fail(failure, STATUS_USAGE,
                          "--ready-fd %d is one of the %d sockets from 3 on that LISTEN_FDS names",
                          ready_fd, count);
            break;
        }
        take_one(inherited, FIRST_FD + i, name == NULL ? "" : name);
    }
    free(names);
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return failed;
}

void socket_activation_report_unused(const struct inherited *inherited)
{
    for (size_t i = 0; i < inherited->count; i++) {
        const struct inherited_listener *item = &inherited->items[i];
        char text[ENDPOINT_TEXT_SIZE];

        if (item->listener->users > 1)
            continue;
        endpoint_print(&item->listener->endpoint, text);
        warnx("handed in as '%.60s': no pool has %s, nor that name with its mode and type: closed",
              item->pool, text);
    }
}
