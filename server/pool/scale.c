/*
 * scale: see scale.h.
 */
#include "server/pool/scale.h"

#include <signal.h>

#include "server/worker/worker.h"

static bool is_busy(const struct station *station, size_t slot)
{
    return atomic_load(&scoreboard_page(station->board, slot)->connection) != 0;
}

/* Retire BEYOND of the workers that are to stay, only idle ones or all: how many are left to retire. */
static size_t retire_some(struct station *station, size_t beyond, bool only_idle)
{
    struct pool *pool = station->pool;

    for (size_t slot = pool->size; slot-- > 0 && beyond > 0;) {
        enum slot_state state = pool->slots[slot].state;

        if ((state != SLOT_READY && state != SLOT_STARTING) ||
            (only_idle && is_busy(station, slot)))
            continue;
        kill(pool->slots[slot].pid, SIGNAL_RETIRE);
        pool_leaves(pool, slot);
        beyond--;
    }
    return beyond;
}

void scale_station(struct station *station, int64_t workers)
{
    bool grows = station->config->workers.min < station->config->workers.max;
    size_t wanted = (size_t)workers, staying = pool_staying(station->pool);

    station->workers = (struct number_range){workers, grows ? station->workers.max : workers};
    if (grows) {
        if (station->target < wanted)
            station->target = wanted;
        station->grow_ns = 0; /* growth sees to those who are too many */
        return;
    }
    station->target = wanted;
    if (staying > wanted)
        retire_some(station, retire_some(station, staying - wanted, true), false);
}
