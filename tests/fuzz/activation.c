/*
 * Fuzz target: any variables and descriptors of a service manager (sd_listen_fds(3)). Of those that
 * are handed in, the ones that clients can reach are kept, under their names, and all others
 * closed; no variable is left, and no name forges a line of the log.
 *
 * An input is a byte with the number of descriptors, a byte with the kind of each, a byte for
 * --ready-fd, then LISTEN_PID (`@`: the right one), LISTEN_FDS and LISTEN_FDNAMES, a line each.
 */
#include <limits.h>

#include "common/number.h"
#include "server/net/socket_activation.h"
#include "tests/fuzz/descriptors.h"

enum { FIRST_FD = 3, COUNT_MAX = 8, LOG_FD = 40 };

/* An input, taken apart. */
struct handed_in {
    int count; /* of descriptors, up to the first that is closed */
    int ready_fd;
    enum descriptor_kind kinds[COUNT_MAX];
    char *pid, *fds, *names;
};

static struct handed_in prepare(struct input *input)
{
    struct handed_in in = {.count = take_byte(input) % (COUNT_MAX + 1)};
    char own[NUMBER_TEXT_SIZE];

    for (int i = 0; i < COUNT_MAX; i++) {
        in.kinds[i] = i < in.count ? take_byte(input) % KINDS : KIND_CLOSED;
        place(FIRST_FD + i, in.kinds[i]);
    }
    for (int i = 0; i < in.count; i++) {
        if (in.kinds[i] == KIND_CLOSED)
            in.count = i;
    }
    in.ready_fd = take_byte(input) % 32 - 1;
    in.pid = take_text(input, '\n');
    in.fds = take_text(input, '\n');
    in.names = take_text(input, '\n');
    snprintf(own, sizeof(own), "%d", (int)getpid());
    setenv("LISTEN_PID", strcmp(in.pid, "@") == 0 ? own : in.pid, 1);
    setenv("LISTEN_FDS", in.fds, 1);
    setenv("LISTEN_FDNAMES", in.names, 1);
    return in;
}

/* Returns how many of the descriptors the master has to look at. */
static int expected_count(const struct handed_in *in)
{
    int64_t pid, count;
    const char *text = getenv("LISTEN_PID");

    if (number_parse_integer(text, 1, INT_MAX, &pid) != NULL || pid != getpid() ||
        number_parse_integer(in->fds, 1, INT_MAX - FIRST_FD, &count) != NULL)
        return 0;
    if (count > in->count)
        count = in->count;
    return in->ready_fd >= FIRST_FD && in->ready_fd < FIRST_FD + count ? in->ready_fd - FIRST_FD
                                                                       : (int)count;
}

/* Returns whether NAME is the one of NAMES with that INDEX; empty where there is none. */
static bool is_name_at(const char *names, int index, const char *name)
{
    size_t length;

    for (; index > 0; index--) {
        names += strcspn(names, ":");
        if (*names == '\0')
            return name[0] == '\0';
        names++;
    }
    length = strcspn(names, ":");
    return strlen(name) == length && strncmp(name, names, length) == 0;
}

static void check_kept(const struct inherited_listener *item, const struct handed_in *in,
                       int expected)
{
    int index = item->listener->fd - FIRST_FD;

    must(index >= 0 && index < expected, "a listener that was handed in");
    must(in->kinds[index] < KIND_DEAF, "which clients can reach");
    must(item->listener->handed_in && item->listener->users == 1, "and that the manager keeps");
    must(is_name_at(in->names, index, item->pool), "under its name");
    must(strcmp(item->listener->name, item->pool) == 0, "under one name");
}

static void check(const struct inherited *inherited, const struct handed_in *in, int expected)
{
    size_t reachable = 0;

    for (size_t i = 0; i < inherited->count; i++) {
        check_kept(&inherited->items[i], in, expected);
        must(i == 0 || inherited->items[i - 1].listener->fd < inherited->items[i].listener->fd,
             "in their order");
    }
    for (int i = 0; i < in->count; i++) {
        bool keeps = in->kinds[i] < KIND_DEAF;

        reachable += i < expected && keeps;
        must((fcntl(FIRST_FD + i, F_GETFD) >= 0) == (keeps || i >= expected),
             "what is not kept is closed, and nothing else");
    }
    must(inherited->count == reachable, "all that clients can reach are kept");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct input input = {bytes, size};
    struct inherited inherited = {0};
    struct failure failure = FAILURE_UNSAID;
    struct handed_in in;
    int expected;

    log_begin(LOG_FD);
    in = prepare(&input);
    expected = expected_count(&in);
    if (socket_activation_take(&inherited, in.ready_fd, &failure) != NULL)
        must(in.ready_fd == FIRST_FD + expected, "it fails for --ready-fd alone");
    must(getenv("LISTEN_PID") == NULL && getenv("LISTEN_FDS") == NULL &&
             getenv("LISTEN_FDNAMES") == NULL,
         "no variable is left");
    check(&inherited, &in, expected);
    socket_activation_report_unused(&inherited);
    log_check(LOG_FD);
    inherited_close(&inherited);
    for (int fd = FIRST_FD; fd < FIRST_FD + COUNT_MAX; fd++)
        close(fd);
    free(in.pid);
    free(in.fds);
    free(in.names);
    return 0;
}
