/*
 * recycle: see recycle.h. A worker's word is taken for no more than a wish to be replaced.
 */
#include "server/pool/recycle.h"

#include <signal.h>

#include "common/number.h"
#include "server/worker/worker.h"

static void note_spent(struct pool *pool)
{
    for (size_t slot = 0; slot < pool->slots->size; slot++) {
        const struct worker_page *page = scoreboard_page(pool->board, slot);

        if (pool->slots->at[slot].state == SLOT_READY && atomic_load(&page->spent) != 0)
            slots_spent(pool->slots, slot);
    }
}

/* As many of the spent as there are successors for. */
static void retire_spent(struct pool *pool)
{
    struct slots *slots = pool->slots;
    size_t spent = 0, beyond;

    for (size_t slot = 0; slot < slots->size; slot++)
        spent += slots->at[slot].state == SLOT_SPENT;
    beyond = slots->ready + spent > pool->target ? slots->ready + spent - pool->target : 0;
    for (size_t slot = 0; slot < slots->size && beyond > 0; slot++) {
        if (slots->at[slot].state != SLOT_SPENT)
            continue;
        kill(slots->at[slot].pid, SIGNAL_RETIRE);
        slots_leaves(slots, slot);
        beyond--;
    }
}

void scaling_recycle(struct pool *pool)
{
    if (pool->config->max_connections_per_worker == NUMBER_UNLIMITED ||
        pool->phase != PHASE_RUNNING)
        return;
    note_spent(pool);
    retire_spent(pool);
}
