/*
 * service_manager: see service_manager.h.
 */
#include "server/master/service_manager.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/number.h"

/* Half of what we are allowed to be silent (sd_watchdog_enabled(3)); 0 where nobody watches us. */
static int64_t find_interval_ns(void)
{
    const char *interval = getenv("WATCHDOG_USEC"), *whose = getenv("WATCHDOG_PID");
    int64_t us, pid;

    if (interval == NULL || number_parse_integer(interval, 1, INT64_MAX / NS_PER_US, &us) != NULL)
        return 0;
    if (whose != NULL &&
        (number_parse_integer(whose, 1, INT32_MAX, &pid) != NULL || pid != getpid()))
        return 0;
    return us * NS_PER_US / 2;
}

void service_manager_open(struct service_manager *notify)
{
    const char *path = getenv("NOTIFY_SOCKET"), *reason = NULL;

    *notify = (struct service_manager){.fd = -1};
    if (path == NULL || path[0] == '\0')
        return;
    if (path[0] != '/' && path[0] != '@')
        reason = "is neither a path nor an abstract name";
    else
        reason = endpoint_set_path(&notify->endpoint, path, SOCK_DGRAM);
    if (reason != NULL) {
        warnx("NOTIFY_SOCKET '%.100s' %s: ignored", path, reason);
        return;
    }
    notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (notify->fd < 0)
        warn("cannot tell the service manager anything");
    notify->alive_every_ns = find_interval_ns();
}

void service_manager_close(struct service_manager *notify)
{
    if (notify->fd >= 0)
        close(notify->fd);
    notify->fd = -1;
}

__attribute__((format(printf, 2, 3))) static void tell(const struct service_manager *notify,
                                                       const char *format, ...)
{
    char message[256];
    va_list arguments;
    int length;

    if (notify->fd < 0)
        return;
    va_start(arguments, format);
    length = vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    if (sendto(notify->fd, message, (size_t)length, MSG_NOSIGNAL, &notify->endpoint.address.any,
               notify->endpoint.length) < 0)
        warn("cannot tell the service manager '%s'", message);
}

void service_manager_ready(struct service_manager *notify, size_t pools, size_t workers)
{
    notify->ready = true;
    notify->alive_due_ns = 0; /* from now on we are watched */
    tell(notify, "READY=1\nMAINPID=%d\nSTATUS=%zu workers in %zu pool%s accept", (int)getpid(),
         workers, pools, pools == 1 ? "" : "s");
}

void service_manager_reloading(const struct service_manager *notify)
{
    if (notify->ready)
        tell(notify, "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=reloading",
             clock_now_ns() / NS_PER_US);
}

void service_manager_stopping(const struct service_manager *notify)
{
    tell(notify, "STOPPING=1\nSTATUS=stopping");
}

void service_manager_successor(struct service_manager *notify, pid_t successor)
{
    tell(notify, "MAINPID=%d", (int)successor);
    service_manager_close(notify);
}

int64_t service_manager_alive(struct service_manager *notify, int64_t now_ns)
{
    if (notify->fd < 0 || !notify->ready || notify->alive_every_ns == 0)
        return INT64_MAX;
    if (now_ns < notify->alive_due_ns)
        return notify->alive_due_ns;
    tell(notify, "WATCHDOG=1");
    notify->alive_due_ns = now_ns + notify->alive_every_ns;
    return notify->alive_due_ns;
}
