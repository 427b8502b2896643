/*
 * Unit tests of why_judge() of client/control/why: how a pool stands, by which a probe restarts
 * its master, or sends clients elsewhere.
 */
#include "client/control/why/why.h"
#include "common/clock.h"
#include "tests/unit/tap.h"

/* Returns a healthy pool of 4 workers, 8 at most, BUSY of them busy. */
static struct snapshot_pool make_pool(int64_t busy)
{
    return (struct snapshot_pool){
        .name = "main",
        .state = "running",
        .noun = "worker",
        .stats = {
            .busy = busy, .idle = 4 - busy, .workers = 4, .min = 4, .max = 8, .queue_limit = 10}};
}

static void check(struct snapshot_pool pool, enum standing expected, const char *title)
{
    const struct snapshot snapshot = {.phase = "running", .pools = &pool, .pool_count = 1};

    is_number(why_judge(&snapshot, &pool), expected, "%s", title);
}

static void test_well(void)
{
    struct snapshot_pool pool = make_pool(2);

    check(pool, STANDING_WELL, "half of the workers are busy");
    pool.stats.crashes = pool.stats.access_refused = 9;
    check(pool, STANDING_WELL, "what has been is over");
    check(make_pool(4), STANDING_WELL, "all are busy, and there may be more");
    pool = make_pool(0);
    pool.stats.min = pool.stats.idle = pool.stats.workers = 0;
    check(pool, STANDING_WELL, "a pool of 0..N at rest");
    pool = make_pool(0);
    for (size_t i = 0; i < pool_stat_count; i++)
        pool_stat_set(&pool_stat_table[i], &pool.stats, STAT_UNKNOWN);
    pool.stats.workers = 2;
    check(pool, STANDING_WELL, "resident programs, whatever they do");
}

static void test_full(void)
{
    struct snapshot_pool pool = make_pool(4);

    pool.stats.max = 4;
    check(pool, STANDING_FULL, "all are busy, and there is none more");
    pool.stats.queue = 3;
    check(pool, STANDING_FULL, "and clients wait");
    pool = make_pool(2);
    pool.stats.queue = 8;
    check(pool, STANDING_FULL, "the queue is nearly full");
    pool.stats.queue = 11;
    check(pool, STANDING_FULL, "the queue is full");
    pool.stats.backoff_ns = NS_PER_S;
    check(pool, STANDING_FULL, "that is worse than workers that fail");
}

static void test_between_workers(void)
{
    struct snapshot_pool pool = make_pool(0);

    pool.stats.min = pool.stats.max = pool.stats.starting = 1;
    pool.stats.idle = 0;
    check(pool, STANDING_FULL, "the only worker has ended, and the next one starts");
    pool.stats.min = 0;
    check(pool, STANDING_FULL, "the first of 0..N starts");
    pool.stats.starting = 0;
    pool.stats.queue = 1;
    check(pool, STANDING_FULL, "the first of 0..N is about to start");
    pool.stats.min = 1;
    check(pool, STANDING_DOWN, "nothing starts");
    pool = make_pool(0);
    for (size_t i = 0; i < pool_stat_count; i++)
        pool_stat_set(&pool_stat_table[i], &pool.stats, STAT_UNKNOWN);
    pool.stats.workers = pool.stats.starting = 1;
    pool.stats.leaving = 0;
    check(pool, STANDING_FULL, "the only resident program starts again");
    pool.stats.backoff_ns = NS_PER_S;
    check(pool, STANDING_DOWN, "one after another fails");
}

static void test_troubled(void)
{
    struct snapshot_pool pool = make_pool(2);

    pool.stats.backoff_ns = NS_PER_S;
    check(pool, STANDING_TROUBLED, "workers fail, and others accept");
    pool.stats.backoff_ns = 0;
    pool.stats.fork_fails = 1;
    check(pool, STANDING_TROUBLED, "fork fails, and there are workers");
}

static void test_down(void)
{
    struct snapshot_pool pool = make_pool(2);
    const struct snapshot stopping = {.phase = "stopping", .pools = &pool, .pool_count = 1};

    is_number(why_judge(&stopping, &pool), STANDING_DOWN, "the master stops");
    pool.state = "down";
    check(pool, STANDING_DOWN, "the listener is down");
    pool = make_pool(0);
    pool.stats.idle = 0;
    pool.stats.starting = 4;
    pool.state = "starting";
    check(pool, STANDING_DOWN, "no worker is ready");
    pool.state = "running";
    pool.stats.starting = 0;
    pool.stats.backoff_ns = NS_PER_S;
    check(pool, STANDING_DOWN, "all have failed");
}

int main(void)
{
    test_well();
    test_full();
    test_between_workers();
    test_troubled();
    test_down();
    return tap_end();
}
