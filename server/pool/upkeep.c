/*
 * upkeep: see upkeep.h.
 */
#include "server/pool/upkeep.h"

#include "common/clock.h"
#include "common/log.h"
#include "server/pool/activity.h"
#include "server/pool/children.h"
#include "server/pool/scaling.h"

#define RECOUNT_INTERVAL_NS (10 * NS_PER_MS)

/* Count the busy workers by their pages. A worker changes its page and the hint one after the
 * other, so that a count which differs may be one of a moment between the two. Returns whether hint
 * and count agree; if not, the hint is set to the count, and both have to be looked at once
 * more. */
static bool recount(const struct pool *pool)
{
    uint32_t hinted = atomic_load(&pool->hints->busy), busy = (uint32_t)pool_count_busy(pool);

    if (hinted == busy)
        return atomic_load(&pool->hints->busy) == busy;
    atomic_compare_exchange_strong(&pool->hints->busy, &hinted, busy);
    return false;
}

/* Set right, where that is due, what a worker may have left in the hints. Returns when to look
 * again. */
static int64_t mend_hints(struct pool *pool, int64_t now_ns)
{
    bool drains = pool->lifeline_write_fd < 0;

    if (now_ns < pool->hints_ns)
        return pool->hints_ns;
    atomic_store(&pool->hints->draining, drains);
    atomic_store(&pool->hints->closing, !pool_listens(pool));
    pool->hints_ns = NEVER_NS;
    if (pool->config->workers.min < pool->config->workers.max && !recount(pool))
        pool->hints_ns = now_ns + RECOUNT_INTERVAL_NS;
    return pool->hints_ns;
}

int64_t upkeep_continue(struct pool *pool, int64_t now_ns)
{
    int64_t due_ns = mend_hints(pool, now_ns);

    due_ns = clock_earlier_ns(due_ns, scaling_continue(pool, now_ns));
    due_ns = clock_earlier_ns(due_ns, slots_resend(pool->slots, now_ns));
    if (pool->kind->upkeep != NULL) {
        due_ns = clock_earlier_ns(due_ns, pool->kind->upkeep(pool, now_ns));
        children_note_ready(pool);
        scaling_replace_spent(pool); /* one that accepts now may be the successor of another one */
    }
    if (now_ns >= pool->judge_ns)
        pool->judge_ns = watchdog_judge(&pool->watchdog, now_ns);
    return clock_earlier_ns(due_ns, pool->judge_ns);
}

/* Look whatever the pipe has: a worker can read its bytes first. */
void upkeep_on_wakeup(void *context, uint32_t events)
{
    struct pool *pool = context;

    (void)events;
    if (wakeup_clear(&pool->wakeup) < 0)
        warn("pool %s: cannot read its wakeups", pool->config->name);
    children_note_ready(pool);
    scaling_replace_spent(pool);
    if (atomic_load(&pool->hints->asleep) == 0)
        pool->judge_ns = clock_earlier_ns(pool->judge_ns, clock_coarse_ns());
}
