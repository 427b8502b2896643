/*
 * scaling: see scaling.h. Who is busy is counted on the workers' pages; the hints only say when to.
 */
#include "server/pool/scaling.h"

#include <signal.h>

#include "common/clock.h"
#include "server/event.h"
#include "server/net/accept_queue.h"
#include "server/worker/worker.h"

/* How soon it is seen that not all of the most workers are busy any more. */
#define FULL_CHECK_NS (250 * NS_PER_MS)

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* BUSY workers and those to spare, as far as the configuration lets it. */
static size_t wanted(const struct pool *pool, size_t busy)
{
    size_t want = busy + (size_t)pool->config->spare;

    if (want < (size_t)pool->workers.min)
        want = (size_t)pool->workers.min;
    return least(want, (size_t)pool->workers.max);
}

/* From how many busy workers on to ask: fewer than spare would be idle, or, of a pool that can grow
 * no further, none. */
static uint32_t ask_at(const struct pool *pool)
{
    size_t most = (size_t)pool->workers.max - 1;
    size_t spare = least((size_t)pool->config->spare, pool->target);

    return (uint32_t)(pool->target > most ? most : pool->target - spare);
}

/* Whether all workers that there may ever be are busy is said once, and once when it is over. */
static void note_full(struct pool *pool, size_t busy, int64_t now_ns)
{
    struct queue_depth queue;
    bool full = busy >= (size_t)pool->workers.max;

    if (full && pool->full_ns == 0) {
        pool->totals.max_reached++;
        pool->full_ns = now_ns;
        event_full(pool->config->name, busy, pool_look_at_queue(pool, &queue) == 0 ? &queue : NULL);
    } else if (!full && pool->full_ns != 0) {
        event_full_over(pool->config->name, now_ns - pool->full_ns);
        pool->full_ns = 0;
    }
}

/* Count, and have those who are missing forked. Whoever got busy between the count and the hint did
 * not ask, so count again until it stands. */
static size_t grow(struct pool *pool, int64_t now_ns)
{
    size_t busy;

    do {
        busy = pool_count_busy(pool);
        if (pool->target < wanted(pool, busy))
            pool->target = wanted(pool, busy);
        note_full(pool, busy, now_ns);
        atomic_store(&pool->hints->ask_at, ask_at(pool));
    } while (pool_count_busy(pool) > ask_at(pool) && busy < (size_t)pool->workers.max);
    return busy;
}

/* Since when SLOT's worker has nothing to do, by its stamps, which may be a tick ahead of the coarse
 * NOW_NS, or forged; INT64_MAX: it is busy, or is not one. */
static int64_t idle_since_ns(const struct pool *pool, size_t slot, int64_t now_ns)
{
    int64_t since_ns;

    const struct worker_page *page = scoreboard_page(pool->board, slot);

    if (pool->slots->at[slot].state != SLOT_READY || atomic_load(&page->connection) != 0)
        return INT64_MAX;
    since_ns =
        clock_later_ns(pool->slots->at[slot].started_ns,
                       clock_later_ns(atomic_load(&page->began_ns), atomic_load(&page->moved_ns)));
    return since_ns > now_ns ? now_ns : since_ns;
}

/* All who have been idle for long, beyond those wanted, leave together. When the next could. */
static int64_t shrink(struct pool *pool, size_t busy, int64_t now_ns)
{
    size_t beyond = pool->target - wanted(pool, busy);
    int64_t next_ns = WATCHDOG_NEVER;

    for (size_t slot = pool->slots->size; slot-- > 0 && beyond > 0;) {
        int64_t since_ns = idle_since_ns(pool, slot, now_ns), due_ns;

        if (since_ns == INT64_MAX)
            continue;
        due_ns = since_ns + pool->config->spare_timeout_ns;
        if (due_ns > now_ns) {
            next_ns = due_ns < next_ns ? due_ns : next_ns;
            continue;
        }
        kill(pool->slots->at[slot].pid, SIGNAL_RETIRE);
        slots_leaves(pool->slots, slot);
        pool->target--;
        beyond--;
    }
    atomic_store(&pool->hints->ask_at, ask_at(pool));
    /* Nobody tells when a worker gets idle: as long as there are more than the least, look again. */
    if (next_ns == WATCHDOG_NEVER && pool->target > (size_t)pool->workers.min)
        next_ns = now_ns + pool->config->spare_timeout_ns;
    return next_ns;
}

int64_t scaling_judge(struct pool *pool, int64_t now_ns)
{
    size_t busy;

    if (pool->workers.min == pool->workers.max || pool->phase != PHASE_RUNNING)
        return WATCHDOG_NEVER;
    if (now_ns < pool->grow_ns && atomic_load(&pool->hints->ask_at) != HINT_ASKED)
        return pool->grow_ns;
    busy = grow(pool, now_ns);
    pool->grow_ns = shrink(pool, busy, now_ns);
    if (pool->full_ns != 0)
        pool->grow_ns = now_ns + FULL_CHECK_NS;
    return pool->grow_ns;
}
