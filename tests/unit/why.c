/*
 * Unit tests of client/control/why: each situation is found by its figures, explained in the
 * singular and in the plural, and the gravest goes first.
 */
#include "client/control/why/why.h"

#include <stdlib.h>

#include "common/clock.h"
#include "tests/unit/tap.h"

/* Return a pool with no figure known. */
static struct snapshot_pool make_unknown(void)
{
    struct snapshot_pool pool = {
        .name = "main", .endpoint = "unix:s", .state = "running", .noun = "worker"};

    for (size_t i = 0; i < pool_stat_count; i++)
        pool_stat_set(&pool_stat_table[i], &pool.stats, STAT_UNKNOWN);
    return pool;
}

/* Return a healthy pool: WORKERS of MAX, BUSY of them busy. */
static struct snapshot_pool make_pool(int64_t busy, int64_t workers, int64_t max)
{
    struct snapshot_pool pool = {
        .name = "main", .endpoint = "unix:s", .state = "running", .noun = "worker"};

    pool.stats = (struct pool_stats){.busy = busy,
                                     .idle = workers - busy,
                                     .workers = workers,
                                     .min = max < 16 ? max : 16,
                                     .max = max,
                                     .queue_limit = 512};
    return pool;
}

static char *explain(const struct snapshot *snapshot)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        abort();
    why_print(snapshot, out);
    fclose(out);
    return text;
}

/* Check the explanation of POOL in a master in PHASE, without the "pool main: ". */
static void check_in(const char *phase, struct snapshot_pool *pool, const char *expected,
                     const char *title)
{
    const struct snapshot snapshot = {.phase = phase, .pools = pool, .pool_count = 1};
    char *text = explain(&snapshot), wanted[1024];

    snprintf(wanted, sizeof(wanted), "pool main: %s\n", expected);
    is_text(text, wanted, "%s", title);
    free(text);
}

static void check(struct snapshot_pool pool, const char *expected, const char *title)
{
    check_in("running", &pool, expected, title);
}

static void test_stopping(void)
{
    struct snapshot_pool pool = make_pool(0, 0, 16);

    check_in("stopping", &pool, "the master is stopping, no connection is active",
             "stopping, and none is left");
    pool.stats.leaving = 1;
    check_in("stopping", &pool, "the master is stopping and waits for 1 worker to finish",
             "stopping, one left");
    pool.stats.busy = 2;
    pool.stats.queue = 5;
    pool.stats.oldest_ns = 9800 * NS_PER_MS;
    pool.oldest_peer = "127.0.0.1:4711";
    check_in("stopping", &pool,
             "the master is stopping and waits for 3 workers to finish, 5 clients queued, the "
             "oldest connection (127.0.0.1:4711) has lasted 9.8 s",
             "stopping, many left");
}

static void test_down(void)
{
    struct snapshot_pool pool = make_pool(0, 16, 16);

    pool.state = "down";
    check(pool,
          "another process has shut its listener down, or keeps clients from it: they fail, or "
          "wait in vain; if that lasts, restart "
          "the socket unit, or whatever handed the socket in",
          "no idle worker makes a pool healthy whose listener is down");
}

static void test_forks(void)
{
    struct snapshot_pool pool = make_pool(1, 3, 16);

    pool.stats.fork_fails = 1;
    check(pool,
          "fork fails and is retried, 3 workers run; check the limits on processes and memory "
          "(ulimit -u, pids.max), the log has the reason",
          "fork fails");
    pool.stats.busy = pool.stats.workers = 1;
    pool.stats.idle = pool.stats.queue = 0;
    check(pool,
          "fork fails and is retried, 1 worker runs; check the limits on processes and memory "
          "(ulimit -u, pids.max), the log has the reason\n"
          "pool main: the only worker that accepts is busy, 16 at most, nothing queued",
          "fork fails, and the load is explained too");
    pool = make_pool(2, 16, 16);
    pool.stats.backoff_ns = 4 * NS_PER_S;
    check(
        pool,
        "workers fail one after another, the next one starts in 4.0 s; the log says how they ended",
        "workers fail");
    pool.stats.fork_fails = 1;
    check(pool,
          "fork fails and is retried, 16 workers run; check the limits on processes and memory "
          "(ulimit -u, pids.max), the log has the reason",
          "fork is graver than workers that fail");
}

static void test_without_workers(void)
{
    struct snapshot_pool pool = make_pool(0, 0, 16);

    check(pool, "no worker accepts, nothing queued", "no worker at all");
    pool.stats.starting = 16;
    pool.stats.leaving = 2;
    pool.stats.queue = 1;
    check(pool, "no worker accepts, 16 starting, 2 leaving, 1 client queued", "none is ready yet");
}

static void test_on_demand(void)
{
    struct snapshot_pool pool = make_pool(0, 0, 16);

    pool.stats.min = 0;
    check(pool, "healthy: no worker until a client connects, 16 at most, nothing queued",
          "a pool of 0..N at rest");
    pool.stats.leaving = 1;
    check(pool, "healthy: no worker until a client connects, 16 at most, 1 leaving, nothing queued",
          "its last worker leaves");
    pool.stats.queue = 1;
    check(pool, "no worker accepts, 1 leaving, 1 client queued", "a client waits");
    pool.stats.leaving = pool.stats.queue = 0;
    pool.stats.backoff_ns = 2 * NS_PER_S;
    check(pool,
          "workers fail one after another, the next one starts in 2.0 s; the log says how they "
          "ended\n"
          "pool main: no worker accepts, nothing queued",
          "none, because they fail");
    pool.stats.backoff_ns = 0;
    pool.stats.busy = pool.stats.idle = 1;
    check(pool, "healthy: 1 of 2 busy, nothing queued", "a pool of 0..N that serves");
}

static void test_all_busy(void)
{
    struct snapshot_pool pool = make_pool(16, 16, 16);

    check(pool, "16 of 16 workers busy, nothing queued; the next client has to wait",
          "all busy, none waits");
    pool.stats.queue = 41;
    pool.stats.all_busy_ns = 12 * NS_PER_S;
    pool.stats.oldest_ns = 9800 * NS_PER_MS;
    pool.oldest_peer = "127.0.0.1:4711";
    check(pool,
          "16 of 16 workers busy for 12 s, 41 clients queued, the oldest connection "
          "(127.0.0.1:4711) has lasted 9.8 s; raise workers or set max_connection_time",
          "all busy, clients wait");
    pool.stats.queue = 1;
    pool.oldest_peer = NULL;
    check(pool,
          "16 of 16 workers busy for 12 s, 1 client queued, the oldest connection has lasted 9.8 "
          "s; raise workers or set max_connection_time",
          "all busy, one client waits, the oldest has no name");
    pool.stats.queue = pool.stats.queue_limit = STAT_UNKNOWN;
    pool.stats.oldest_ns = 0;
    check(pool,
          "16 of 16 workers busy for 12 s, the queue length is unknown; raise workers or set "
          "max_connection_time",
          "all busy, the queue is unknown");
    pool = make_pool(5, 5, 60);
    pool.stats.all_busy_ns = 250 * NS_PER_MS;
    check(pool, "all 5 workers that accept are busy for 250 ms, 60 at most, nothing queued",
          "all busy, and there may be more");
    pool = make_pool(15, 15, 16);
    pool.stats.starting = 1;
    check(pool, "all 15 workers that accept are busy, 1 starting, 16 at most, nothing queued",
          "all busy but one that starts, in a pool that cannot grow");
}

static void test_queue(void)
{
    struct snapshot_pool pool = make_pool(16, 16, 16);

    pool.stats.queue = 410;
    check(pool,
          "the queue is nearly full, 410 of 512: new clients will soon wait before they can "
          "connect; raise workers, and backlog for bursts",
          "the queue is at four fifths");
    pool.stats.queue = 512;
    pool.stats.oldest_ns = 130 * NS_PER_S;
    check(pool,
          "the queue is full, 512 of 512: new clients wait before they can connect, the oldest "
          "connection has lasted 2 m 10 s; raise workers, and backlog for bursts",
          "the queue is full");
    pool = make_pool(3, 16, 16);
    pool.stats.queue = 409;
    check(pool,
          "409 clients queued beside 13 idle workers: a burst, if the queue is empty when you look "
          "again; otherwise see what the workers do",
          "clients wait beside idle workers, below four fifths");
    pool.stats.queue = pool.stats.idle = 1;
    check(pool,
          "1 client queued beside 1 idle worker: a burst, if the queue is empty when you look "
          "again; otherwise see what the workers do",
          "one client beside one worker");
}

static void test_growing(void)
{
    struct snapshot_pool pool = make_pool(20, 25, 60);

    pool.stats.workers = 28;
    pool.stats.starting = 3;
    check(pool, "growing: 20 of 28 workers busy, 3 starting, 60 at most, nothing queued",
          "a pool that grows");
    pool.stats.min = pool.stats.max = 28;
    check(pool, "healthy: 20 of 25 busy, 3 starting, nothing queued",
          "a pool without a range does not grow");
}

/* A reload leaves workers that finish their connections: they are not those in force. */
static void test_retiring(void)
{
    struct snapshot_pool pool = make_pool(1, 4, 4);

    pool.stats.workers = 16;
    pool.stats.leaving = pool.stats.retiring = 12;
    pool.stats.retiring_oldest_ns = 130 * NS_PER_S;
    check(pool,
          "healthy: 1 of 4 busy, nothing queued\n"
          "pool main: besides, 12 workers of earlier configurations finish their connections, the "
          "oldest has lasted 2 m 10 s",
          "many retire beside workers in force");
    pool.stats.retiring = 1;
    pool.stats.retiring_oldest_ns = 0;
    check(pool,
          "healthy: 1 of 4 busy, nothing queued\n"
          "pool main: besides, 1 worker of an earlier configuration finishes its connection",
          "one retires");
    pool = make_pool(20, 25, 60);
    pool.stats.workers = 40;
    pool.stats.starting = 3;
    pool.stats.retiring = 12;
    check(pool,
          "growing: 20 of 28 workers busy, 3 starting, 60 at most, nothing queued\n"
          "pool main: besides, 12 workers of earlier configurations finish their connections",
          "a pool that grows while others retire");
    check_in("stopping", &pool, "the master is stopping and waits for 20 workers to finish",
             "a stop waits for all alike");
}

/* The same sentences of a pool whose slots run programs. */
static void test_programs(void)
{
    struct snapshot_pool pool = make_unknown();

    pool.noun = "program";
    pool.stats.workers = pool.stats.starting = 1;
    pool.stats.leaving = 0;
    pool.stats.fork_fails = 1;
    check(pool,
          "fork fails and is retried, 1 program runs; check the limits on processes and memory "
          "(ulimit -u, pids.max), the log has the reason\n"
          "pool main: no program accepts, 1 starting, the queue length is unknown",
          "fork fails, and none accepts");
    pool.stats.fork_fails = pool.stats.starting = 0;
    pool.stats.backoff_ns = NS_PER_S;
    check(pool,
          "programs fail one after another, the next one starts in 1.0 s; the log says how they "
          "ended\n"
          "pool main: the number of busy programs is unknown, the queue length is unknown",
          "programs fail");
    pool.stats.backoff_ns = 0;
    pool.stats.crashes = 2;
    pool.stats.leaving = 2;
    check_in("stopping", &pool,
             "the master is stopping and waits for 2 programs to finish\n"
             "pool main: 2 programs have crashed since the master started; the log says how",
             "a stop waits for them");
}

static void test_healthy(void)
{
    struct snapshot_pool pool = make_pool(2, 16, 16);

    check(pool, "healthy: 2 of 16 busy, nothing queued", "healthy");
    pool.stats.programs_waiting = 14;
    check(pool, "healthy: 2 of 16 busy, 14 programs wait, nothing queued", "programs wait");
    pool.stats.programs_waiting = 1;
    check(pool, "healthy: 2 of 16 busy, 1 program waits, nothing queued", "a program waits");
    pool.stats.programs_waiting = 0;
    pool.stats.queue = STAT_UNKNOWN;
    check(pool, "healthy: 2 of 16 busy, the queue length is unknown",
          "healthy, the queue is unknown");
    pool.stats.queue = 0;
    pool.stats.crashes = 1;
    check(pool,
          "healthy: 2 of 16 busy, nothing queued\n"
          "pool main: 1 worker has crashed since the master started; the log says how",
          "a worker has crashed");
    pool.stats.crashes = 7;
    check(pool,
          "healthy: 2 of 16 busy, nothing queued\n"
          "pool main: 7 workers have crashed since the master started; the log says how",
          "workers have crashed");
    pool.stats.crashes = 0;
    pool.stats.programs_ok = 2;
    pool.stats.programs_failed = 2;
    check(pool, "healthy: 2 of 16 busy, nothing queued", "as many programs end well as badly");
    pool.stats.programs_signalled = 1;
    check(pool,
          "healthy: 2 of 16 busy, nothing queued\n"
          "pool main: most programs fail: 2 exited with a status that is not 0, a signal ended 1, "
          "2 ended well",
          "most programs fail");
    pool.stats.programs_unstarted = 1;
    check(pool,
          "healthy: 2 of 16 busy, nothing queued\n"
          "pool main: 1 program could not be started since the master started; the log has the "
          "reason",
          "a program could not be started");
    pool = make_pool(2, 16, 16);
    pool.stats.proxy_refused = 12;
    check(pool,
          "healthy: 2 of 16 busy, nothing queued\n"
          "pool main: 12 connections were refused for the PROXY header since the master started; "
          "the log has the reason",
          "connections without a right header");
    check(make_unknown(), "the number of busy workers is unknown, the queue length is unknown",
          "nothing is known of it");
}

/* The pool with the gravest situation goes first, the master's go last. */
static void test_order(void)
{
    struct snapshot_pool pools[] = {make_pool(1, 2, 16), make_pool(16, 16, 16),
                                    make_pool(0, 2, 16)};
    struct snapshot snapshot = {
        .phase = "running", .pools = pools, .pool_count = 3, .log_lines_dropped = 1};
    char *text;

    pools[0].name = "good";
    pools[1].name = "busy";
    pools[2].name = "b\033[2Jad\n";
    pools[2].stats.backoff_ns = 61 * NS_PER_S;
    text = explain(&snapshot);
    is_text(text,
            "pool b?[2Jad?: workers fail one after another, the next one starts in 1 m 1 s; the "
            "log says how they ended\n"
            "pool busy: 16 of 16 workers busy, nothing queued; the next client has to wait\n"
            "pool good: healthy: 1 of 2 busy, nothing queued\n"
            "master: 1 log line dropped; the reader of the log is too slow, or the disk is full\n",
            "the gravest first, without control characters");
    free(text);
    snapshot.pool_count = 0;
    snapshot.log_lines_dropped = 12;
    text = explain(&snapshot);
    is_text(
        text,
        "master: 12 log lines dropped; the reader of the log is too slow, or the disk is full\n",
        "log lines");
    free(text);
}

int main(void)
{
    test_stopping();
    test_down();
    test_forks();
    test_without_workers();
    test_on_demand();
    test_all_busy();
    test_queue();
    test_growing();
    test_retiring();
    test_programs();
    test_healthy();
    test_order();
    return tap_end();
}
