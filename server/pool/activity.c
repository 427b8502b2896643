/*
 * activity: see activity.h.
 */
#include "server/pool/activity.h"

#include <sys/socket.h>

#include "common/clock.h"
#include "common/log.h"

bool pool_worker_is_busy(const struct pool *pool, size_t slot)
{
    return pool->slots->at[slot].state != SLOT_FREE &&
           atomic_load(&scoreboard_page(pool->board, slot)->connection) != 0;
}

bool pool_lost_connection(const struct pool *pool, size_t slot)
{
    const struct worker_page *page = scoreboard_page(pool->board, slot);
    bool was_late = atomic_load(&page->connection) == pool->slots->at[slot].late_connection;

    return pool_worker_is_busy(pool, slot) && atomic_load(&page->header_due_ns) == 0 &&
           !(was_late && atomic_load(&page->late) == 0);
}

size_t pool_count_busy(const struct pool *pool)
{
    size_t busy = 0;

    for (size_t slot = 0; slot < pool->slots->size; slot++)
        busy += pool_worker_is_busy(pool, slot);
    return busy;
}

int pool_read_queue(struct pool *pool, struct queue_depth *depth)
{
    if (pool->config->type != SOCK_STREAM || !pool_listens(pool) ||
        accept_queue_look(pool->listener->fd, &pool->listener->endpoint, depth) < 0)
        return -1;
    if (depth->length > pool->totals.queue_peak)
        pool->totals.queue_peak = depth->length;
    return 0;
}

struct reading pool_read_worker(const struct pool *pool, size_t slot, int64_t now_ns)
{
    return reading_take(scoreboard_page(pool->board, slot), pool->slots->at[slot].started_ns,
                        now_ns);
}

const struct counters *pool_read_counters(const struct pool *pool, size_t slot, int64_t now_ns)
{
    const struct worker_page *page = scoreboard_page(pool->board, slot);
    struct slot *of = &pool->slots->at[slot];
    bool credible = true;
    const struct counters *counters =
        ledger_read(pool->ledger, slot, page, now_ns - of->started_ns, &credible);

    if (!credible && !of->forges)
        log_line(LOG_WARNING,
                 "%s %d (pool %s, slot %zu) has counters that cannot be true: they do not count",
                 pool->kind->noun, (int)of->pid, pool->config->name, slot);
    of->forges |= !credible;
    return counters;
}

struct totals pool_totals(const struct pool *pool, int64_t now_ns)
{
    struct totals totals = pool->totals;

    for (size_t slot = 0; slot < pool->slots->size; slot++) {
        const struct worker_page *page = scoreboard_page(pool->board, slot);

        if (pool->slots->at[slot].state == SLOT_FREE)
            continue;
        counters_merge(&totals.ended, pool_read_counters(pool, slot, now_ns));
        rates_keep(&totals.rates, page, now_ns / NS_PER_S);
    }
    return totals;
}

/* Add to POOL's totals what the worker of SLOT has counted. Its rates matter as long as there is a
 * pool to show them. */
static void keep_counts(struct pool *pool, size_t slot, int64_t now_ns)
{
    const struct counters *counters = pool_read_counters(pool, slot, now_ns);

    counters_merge(&pool->totals.ended, counters);
    if (counter_read(&counters->accepted) > 0)
        rates_keep(&pool->totals.rates, scoreboard_page(pool->board, slot), now_ns / NS_PER_S);
    if (pool_lost_connection(pool, slot)) {
        pool->totals.cut += pool->phase != PHASE_RUNNING;
        pool->totals.lost += pool->phase == PHASE_RUNNING;
    }
    ledger_clear(pool->ledger, slot);
}

void pool_free_slot(struct pool *pool, size_t slot, int64_t now_ns)
{
    keep_counts(pool, slot, now_ns);
    slots_ended(pool->slots, slot);
}
