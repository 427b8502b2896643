/*
 * Fuzz target: any bytes as the file that a predecessor hands over in an upgrade. A record without
 * its end is refused whole. A listener that is taken has an address that can be one and, printed
 * for the next successor, is read as the same; so are the totals.
 *
 * Descriptors 10 and 11 are streams, 12 is a datagram socket, 13 and 14 can be locks.
 */
#include <errno.h>

#include "server/master/master.h"
#include "server/upgrade/handover.h"
#include "server/upgrade/takeover_state.h"
#include "tests/fuzz/descriptors.h"

enum { FIRST_FD = 10, LAST_FD = 14, STATE_FD = 41, LOG_FD = 40, STANDARD = 3 };

static const char end_line[] = "end\n";

static struct pool web, mail;
static struct input self;      /* the file */
static int standard[STANDARD]; /* copies of the standard descriptors: a lock may be any */

struct pool *master_find_pool(const struct master *master, const char *name)
{
    (void)master;
    if (strcmp(name, "web") == 0)
        return &web;
    return strcmp(name, "mail") == 0 ? &mail : NULL;
}

static void keep_standard(void)
{
    enum { OUT_OF_THE_WAY = 700 };

    for (int fd = 0; fd < STANDARD && standard[fd] == 0; fd++)
        standard[fd] = fcntl(fd, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
    for (int fd = 0; fd < STANDARD; fd++) {
        if (fcntl(fd, F_GETFD) < 0)
            dup2(standard[fd], fd);
    }
}

static void place_all(void)
{
    static const enum descriptor_kind kinds[] = {KIND_UNIX_STREAM, KIND_INET_STREAM,
                                                 KIND_INET_DATAGRAM, KIND_FILE, KIND_FILE};

    for (int fd = FIRST_FD; fd <= LAST_FD; fd++)
        place(fd, kinds[fd - FIRST_FD]);
}

static void close_all(void)
{
    for (int fd = STANDARD; fd <= STATE_FD; fd++)
        close(fd);
}

/* Have the file be SIZE BYTES, then END. */
static void write_state(const uint8_t *bytes, size_t size, const char *end)
{
    int fd = handover_create();

    must(fd >= 0 && dup2(fd, STATE_FD) == STATE_FD, "there is a memory file");
    if (fd != STATE_FD)
        close(fd);
    must(pwrite(STATE_FD, bytes, size, 0) == (ssize_t)size, "it has room");
    must(pwrite(STATE_FD, end, strlen(end), (off_t)size) == (ssize_t)strlen(end), "it has room");
}

static void check_address(const struct endpoint *endpoint)
{
    const size_t name = offsetof(struct sockaddr_un, sun_path);
    const char *path = endpoint_path(endpoint);
    int family = endpoint->address.any.sa_family;

    must(endpoint->length <= sizeof(endpoint->address), "an address fits");
    must(family == AF_UNIX || family == AF_INET || family == AF_INET6, "a family that is known");
    must(endpoint->type == SOCK_STREAM || endpoint->type == SOCK_DGRAM, "a type that is known");
    must(path == NULL || memchr(path, '\0', endpoint->length - name) != NULL, "a path has an end");
}

static bool is_same(const struct listener *a, const struct listener *b)
{
    return endpoint_equal(&a->endpoint, &b->endpoint) && endpoint_equal(&a->asked, &b->asked) &&
           a->fd == b->fd && a->blocks == b->blocks && a->handed_in == b->handed_in &&
           a->file.lock_fd == b->file.lock_fd && a->file.device == b->file.device &&
           a->file.inode == b->file.inode;
}

static void print_and_read(const struct listener *listener)
{
    struct failure failure = FAILURE_UNSAID;
    struct listener *again;
    char *line = NULL;
    size_t size;
    FILE *out = open_memstream(&line, &size);

    must(out != NULL, "there is memory");
    handover_print_listener(listener, out);
    fclose(out);
    must(strchr(line, '\n') == line + size - 1, "one line");
    must(handover_read_listener(line, &again, &failure) == NULL, "it is read again");
    must(is_same(listener, again), "and is the same");
    again->fd = again->file.lock_fd = -1; /* they are the other's */
    listener_drop(again);
    free(line);
}

static void check_listeners(const struct inherited *inherited)
{
    for (size_t i = 0; i < inherited->count; i++) {
        const struct listener *listener = inherited->items[i].listener;

        check_address(&listener->endpoint);
        check_address(&listener->asked);
        must(listener->file.lock_fd < 0 || endpoint_path(&listener->endpoint) != NULL,
             "only a path has a lock");
        must(listener->shared, "it is the predecessor's, too");
        for (size_t other = 0; other < i; other++)
            must(inherited->items[other].listener->fd != listener->fd, "each descriptor once");
        print_and_read(listener);
    }
}

/* Print TOTALS as a string, to be freed. */
static char *print_totals(const struct totals *totals)
{
    struct totals none = totals_empty();
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    must(out != NULL, "there is memory");
    totals_print(totals, &none, out);
    fclose(out);
    return text;
}

/* Returns whether the file says nothing of NAME. */
static bool is_silent(const char *name)
{
    return memmem(self.bytes, self.size, name, strlen(name)) == NULL;
}

/* A line sets its own figure and no other. */
static void check_figures(const struct totals *totals)
{
    const struct counters *ended = &totals->ended;

    must(!is_silent("took_sum_ns") || counter_read(&ended->took_sum_ns) == 0, "no other sum");
    must(!is_silent("exec_sum_ns") || counter_read(&ended->exec_sum_ns) == 0, "no other sum");
    for (size_t i = 0; i < DURATION_BUCKETS; i++) {
        must(!is_silent("took") || counter_read(&ended->took[i]) == 0, "no other histogram");
        must(!is_silent("exec") || counter_read(&ended->exec[i]) == 0, "no other histogram");
    }
}

static void check_totals(const struct totals *totals)
{
    struct totals passed = totals_empty();
    char *text = print_totals(totals), *copy = strdup(text), *rest = copy, *line, *again;

    must(copy != NULL, "there is memory");
    check_figures(totals);
    while ((line = strsep(&rest, "\n")) != NULL)
        totals_read(&passed, line);
    again = print_totals(&passed);
    must(strcmp(text, again) == 0, "the next successor has the same totals");
    free(text);
    free(copy);
    free(again);
}

static void read_totals(struct takeover *takeover)
{
    takeover->read = 0;
    web.totals = mail.totals = totals_empty();
    takeover_state_read_totals(takeover);
    check_totals(&web.totals);
    check_totals(&mail.totals);
}

/* Returns whether the file could be taken over. */
static bool take_over(void)
{
    struct takeover takeover = {.channel_fd = -1, .state_fd = STATE_FD, .predecessor = 1};
    struct inherited inherited = {0};
    struct failure failure = FAILURE_UNSAID;
    bool taken = takeover_state_read(&takeover, &inherited, &failure) == NULL;

    if (taken)
        check_listeners(&inherited);
    else
        must(strstr(failure.message, "a mistake in preforkd") == NULL, "a failure has its reason");
    if (taken)
        read_totals(&takeover);
    log_check(LOG_FD);
    inherited_close(&inherited);
    free(takeover.pid_file);
    return taken;
}

static bool has_end(const uint8_t *bytes, size_t size)
{
    const size_t end = sizeof(end_line) - 1;

    return size >= end && memcmp(bytes + size - end, end_line, end) == 0 &&
           (size == end || bytes[size - end - 1] == '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    bool whole = has_end(bytes, size);

    self = (struct input){bytes, size};
    keep_standard();
    log_begin(LOG_FD);
    place_all();
    write_state(bytes, size, "");
    must(!take_over() || whole, "what has no end is refused");
    if (!whole) {
        place_all();
        write_state(bytes, size, "\nend\n");
        take_over();
    }
    close_all();
    return 0;
}
