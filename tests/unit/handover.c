/*
 * Unit tests of server/handover and server/totals, which is what passes by it: each word arrives
 * once, in however many pieces it was written, half a word never does, and rubbish adds nothing.
 */
#include "server/upgrade/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/pool_stats.h"
#include "server/scoreboard/totals.h"
#include "tests/unit/tap.h"

static char heard[4096];

static void say(const void *words, FILE *out)
{
    fprintf(out, "%s\n", (const char *)words);
}

static void hear(void *context, const char *line)
{
    (void)context;
    strncat(heard, line, sizeof(heard) - strlen(heard) - 2);
    strcat(heard, "|");
}

/* A record that is cut, or has no end, or is larger than it may be, is refused whole. */
static void test_bad_file(void)
{
    off_t offset = 0;
    int fd = handover_create();

    heard[0] = '\0';
    handover_write(fd, say, "one");
    ok(handover_read(fd, &offset, 7, hear, NULL) == -1 && errno == EFBIG, "one byte too many");
    ok(ftruncate(fd, 4) == 0 && handover_read(fd, &offset, HANDOVER_SIZE, hear, NULL) == -1,
       "cut before its end");
    ok(pwrite(fd, "spend\n", 6, 4) == 6 &&
           handover_read(fd, &offset, HANDOVER_SIZE, hear, NULL) == -1,
       "a line that ends in end");
    ok(ftruncate(fd, INT64_C(1) << 33) == 0 &&
           handover_read(fd, &offset, HANDOVER_SIZE, hear, NULL) == -1 && errno == EFBIG,
       "gigabytes");
    ok(ftruncate(fd, 0) == 0 && handover_write(fd, say, "two") == 0 &&
           handover_read(fd, &offset, HANDOVER_SIZE, hear, NULL) == 0,
       "a whole one");
    ok(ftruncate(fd, 0) == 0 && handover_read(fd, &offset, HANDOVER_SIZE, hear, NULL) == -1,
       "cut to nothing, after it was read");
    is_text(heard, "two|end|", "only the whole one is believed");
    close(fd);
}

static void test_file(void)
{
    off_t offset = 0;
    int fd = handover_create();

    ok(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "a file, close-on-exec");
    ok(handover_read(fd, &offset, HANDOVER_SIZE, hear, NULL) == -1 && errno == ENODATA,
       "nothing was written: that is no record");
    ok(handover_write(fd, say, "one") == 0 && handover_write(fd, say, "two") == 0, "two words");
    ok(!handover_is_read(fd, offset), "they have not been read");
    ok(handover_read(fd, &offset, HANDOVER_SIZE, hear, NULL) == 0, "both are there");
    ok(handover_is_read(fd, offset), "and then all was read");
    is_text(heard, "one|end|two|end|", "in their order");
    heard[0] = '\0';
    ok(handover_read(fd, &offset, HANDOVER_SIZE, hear, NULL) == -1, "read again");
    is_text(heard, "", "they do not come twice");
    heard[0] = '\0';
    ok(pwrite(fd, "thr", 3, offset) == 3 &&
           handover_read(fd, &offset, HANDOVER_SIZE, hear, NULL) == -1,
       "half a word");
    ok(!handover_is_read(fd, offset), "there is something to read");
    is_text(heard, "", "is not heard");
    ok(pwrite(fd, "ee\nend\n", 7, offset + 3) == 7 &&
           handover_read(fd, &offset, HANDOVER_SIZE, hear, NULL) == 0,
       "the rest of it");
    is_text(heard, "three|end|", "makes it one");
    close(fd);
    ok(handover_read(-1, &offset, HANDOVER_SIZE, hear, NULL) == -1, "no file at all");
}

/* LISTENER's line made into a listener again is the same. */
static void survives(const struct listener *listener, const char *what)
{
    struct failure failure = {.message = ""};
    const struct failed *failed;
    struct listener *read;
    char *line = NULL;
    size_t size;
    FILE *out = open_memstream(&line, &size);

    handover_print_listener(listener, out);
    fclose(out);
    failed = handover_read_listener(line, &read, &failure);
    ok(failed == NULL, "%s: %s", what, failure.message);
    if (failed == NULL) {
        ok(endpoint_equal(&read->endpoint, &listener->endpoint) &&
               endpoint_equal(&read->asked, &listener->asked) &&
               read->asked.wildcard == listener->asked.wildcard,
           "%s: its addresses", what);
        ok(read->handed_in == listener->handed_in && read->file.inode == listener->file.inode &&
               read->file.device == listener->file.device,
           "%s: whose it is", what);
        read->fd = -1; /* the same descriptor, which is closed once */
        read->file.lock_fd = -1;
        read->shared = true;
        listener_drop(read);
    }
    free(line);
}

static void test_listener(void)
{
    static const char *const bad[] = {"", "listener", "listener 0 -1 0 0 0 1:0:zz 1:0:00",
                                      "listener 99999 -1 0 0 0 1:0:00 1:0:00",
                                      "listener -1 -1 0 0 0 1:0: 1:0:"};
    struct failure failure = FAILURE_UNSAID;
    struct listener *read, listener = {.file = {.lock_fd = -1, .device = 7, .inode = UINT32_MAX}};

    endpoint_set_inet(&listener.asked, "127.0.0.1", 0, SOCK_STREAM);
    listener.endpoint = listener.asked;
    listener.fd = endpoint_bind(&listener.endpoint);
    survives(&listener, "a port that the kernel chose");
    close(listener.fd);
    endpoint_set_path(&listener.endpoint, "@handover test", SOCK_DGRAM);
    listener.asked = listener.endpoint;
    listener.fd = endpoint_bind(&listener.endpoint);
    listener.handed_in = true;
    survives(&listener, "an abstract name, handed in");
    close(listener.fd);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ok(handover_read_listener(bad[i], &read, &failure) != NULL, "refused: '%s'", bad[i]);
}

/* Returns whether a successor refuses a line that says so of the socket FD. */
static bool is_refused(int fd, int lock_fd, const char *is, const char *asked)
{
    struct failure failure = FAILURE_UNSAID;
    struct listener *read;
    char line[256];

    snprintf(line, sizeof(line), "listener %d %d 1 2 1 %s %s - 0", fd, lock_fd, is, asked);
    if (handover_read_listener(line, &read, &failure) != NULL)
        return true;
    read->fd = read->file.lock_fd = -1;
    listener_drop(read);
    return false;
}

static void test_forged_listener(void)
{
    static const char good[] = "1:0:0100006e";
    static const struct {
        const char *address, *title;
    } bad[] = {{"1:0:0000", "no family"},
               {"1:0:1100006e", "a family that no endpoint has"},
               {"7:0:0100006e", "a type that no endpoint has"},
               {"1:0:0100", "a unix socket without a name"},
               {"1:0:01006e6e", "a path without its NUL"},
               {"1:0:02001e61", "half an IPv4 address"},
               {"1:0:0a001e61", "half an IPv6 address"}};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    ok(fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0, "a socket");
    ok(!is_refused(fd, -1, good, good), "a line of it is read");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ok(is_refused(fd, -1, bad[i].address, good), "refused: %s", bad[i].title);
        ok(is_refused(fd, -1, good, bad[i].address), "refused, as asked: %s", bad[i].title);
    }
    ok(is_refused(fd, fd, good, good), "refused: a lock without a path");
    ok(!is_refused(fd, fd, "1:0:01006e00", good), "a path can have one");
    close(fd);
}

static void read_line(void *totals, const char *line)
{
    totals_read(totals, line);
}

struct change {
    const struct totals *now, *before;
};

static void print(const void *context, FILE *out)
{
    const struct change *change = context;

    totals_print(change->now, change->before, out);
}

static void is_same(const struct totals *got, const struct totals *expected, const char *what)
{
    struct counters a = got->ended, b = expected->ended;

    ok(memcmp(&a, &b, sizeof(a)) == 0, "%s: the counters", what);
    ok(got->crashes == expected->crashes && got->cut == expected->cut &&
           got->refused == expected->refused && got->max_reached == expected->max_reached &&
           got->queue_peak == expected->queue_peak,
       "%s: the others", what);
    is_number(rates_of_ended(&got->rates, 1000, 60), rates_of_ended(&expected->rates, 1000, 60),
              "%s: the rates", what);
}

static void test_tally(void)
{
    static const char *const rubbish[] = {"",          "accepted",  "accepted x",  "nothing 5",
                                          "took 64 5", "took -1 5", "second -5 1", "pool x",
                                          "end"};
    struct totals before = totals_empty(), now, heir = totals_empty(), nobody = totals_empty();
    off_t offset = 0;
    int fd = handover_create();

    ok(before.queue_peak == STAT_UNKNOWN, "nothing was sampled");
    counter_add(&before.ended.accepted, 5);
    counter_add(&before.ended.took[DURATION_BUCKETS - 1], 2);
    before.crashes = 3;
    rates_add(&before.rates, 990, 4);
    now = before;
    counter_add(&now.ended.accepted, UINT64_C(1) << 40);
    counter_add(&now.ended.took[0], 9);
    counter_add(&now.ended.bytes_in, UINT64_C(3) << 62);
    now.cut = 1;
    now.queue_peak = 17;
    rates_add(&now.rates, 990, 1);
    rates_add(&now.rates, 995, 6);
    handover_write(fd, print, &(struct change){&before, &nobody});
    handover_write(fd, print, &(struct change){&now, &before});
    ok(handover_read(fd, &offset, HANDOVER_SIZE, read_line, &heir) == 0,
       "what was, and what came to it");
    is_same(&heir, &now, "together they are what is");
    for (size_t i = 0; i < sizeof(rubbish) / sizeof(rubbish[0]); i++)
        totals_read(&heir, rubbish[i]);
    is_same(&heir, &now, "rubbish adds nothing");
    handover_write(fd, print, &(struct change){&before, &now});
    handover_read(fd, &offset, HANDOVER_SIZE, read_line, &heir);
    is_same(&heir, &now, "what has become less, by a worker's hand, takes nothing away");
    close(fd);
}

int main(void)
{
    test_file();
    test_bad_file();
    test_listener();
    test_forged_listener();
    test_tally();
    return tap_end();
}
