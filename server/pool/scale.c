/*
 * scale: see scale.h.
 */
#include "server/pool/scale.h"

#include <signal.h>

#include "server/worker/worker.h"

static bool is_busy(const struct pool *pool, size_t slot)
{
    return atomic_load(&scoreboard_page(pool->board, slot)->connection) != 0;
}

/* Retire BEYOND of the workers that are to stay, only idle ones or all: how many are left to retire. */
static size_t retire_some(struct pool *pool, size_t beyond, bool only_idle)
{
    struct slots *slots = pool->slots;

    for (size_t slot = slots->size; slot-- > 0 && beyond > 0;) {
        enum slot_state state = slots->at[slot].state;

        if ((state != SLOT_READY && state != SLOT_STARTING) || (only_idle && is_busy(pool, slot)))
            continue;
        kill(slots->at[slot].pid, SIGNAL_RETIRE);
        slots_leaves(slots, slot);
        beyond--;
    }
    return beyond;
}

void scaling_set(struct pool *pool, int64_t workers)
{
    bool grows = pool->config->workers.min < pool->config->workers.max;
    size_t wanted = (size_t)workers, staying = slots_staying(pool->slots);

    pool->workers = (struct number_range){workers, grows ? pool->workers.max : workers};
    if (grows) {
        if (pool->target < wanted)
            pool->target = wanted;
        pool->grow_ns = 0; /* growth sees to those who are too many */
        return;
    }
    pool->target = wanted;
    if (staying > wanted)
        retire_some(pool, retire_some(pool, staying - wanted, true), false);
}
