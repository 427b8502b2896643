/*
 * upkeep: see upkeep.h.
 */
#include "server/pool/upkeep.h"

#include "common/clock.h"
#include "server/pool/children.h"
#include "server/pool/scaling.h"

int64_t upkeep_continue(struct pool *pool, int64_t now_ns)
{
    int64_t scale_ns = scaling_continue(pool, now_ns);
    int64_t resend_ns = slots_resend(pool->slots, now_ns);

    if (now_ns >= pool->judge_ns)
        pool->judge_ns = watchdog_judge(&pool->watchdog, now_ns);
    return clock_earlier_ns(clock_earlier_ns(scale_ns, resend_ns), pool->judge_ns);
}

void upkeep_read_wakeup(struct pool *pool, int64_t now_ns)
{
    children_note_ready(pool);
    scaling_replace_spent(pool);
    if (atomic_load(&pool->hints->asleep) == 0)
        pool->judge_ns = clock_earlier_ns(pool->judge_ns, now_ns);
}
