/*
 * recycle: see recycle.h. A worker's word is taken for no more than a wish to be replaced.
 */
#include "server/pool/recycle.h"

#include <signal.h>

#include "common/number.h"
#include "server/worker/worker.h"

static void note_spent(struct station *station)
{
    for (size_t slot = 0; slot < station->pool->size; slot++) {
        const struct worker_page *page = scoreboard_page(station->board, slot);

        if (station->pool->slots[slot].state == SLOT_READY && atomic_load(&page->spent) != 0)
            pool_spent(station->pool, slot);
    }
}

/* As many of the spent as there are successors for. */
static void retire_spent(struct station *station)
{
    struct pool *pool = station->pool;
    size_t spent = 0, beyond;

    for (size_t slot = 0; slot < pool->size; slot++)
        spent += pool->slots[slot].state == SLOT_SPENT;
    beyond = pool->ready + spent > station->target ? pool->ready + spent - station->target : 0;
    for (size_t slot = 0; slot < pool->size && beyond > 0; slot++) {
        if (pool->slots[slot].state != SLOT_SPENT)
            continue;
        kill(pool->slots[slot].pid, SIGNAL_RETIRE);
        pool_leaves(pool, slot);
        beyond--;
    }
}

void recycle_spent(struct station *station)
{
    if (station->config->max_connections_per_worker == NUMBER_UNLIMITED ||
        station->phase != PHASE_RUNNING)
        return;
    note_spent(station);
    retire_spent(station);
}
