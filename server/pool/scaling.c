/*
 * growth: see growth.h. Who is busy is counted on the workers' pages; the hints only say when to.
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

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* BUSY workers and those to spare, as far as the configuration lets it. */
static size_t wanted(const struct station *station, size_t busy)
{
    size_t want = busy + (size_t)station->config->spare;

    if (want < (size_t)station->workers.min)
        want = (size_t)station->workers.min;
    return least(want, (size_t)station->workers.max);
}

/* From how many busy workers on to ask: fewer than spare would be idle, or, of a pool that can grow
 * no further, none. */
static uint32_t ask_at(const struct station *station)
{
    size_t most = (size_t)station->workers.max - 1;
    size_t spare = least((size_t)station->config->spare, station->target);

    return (uint32_t)(station->target > most ? most : station->target - spare);
}

/* Whether all workers that there may ever be are busy is said once, and once when it is over. */
static void note_full(struct station *station, size_t busy, int64_t now_ns)
{
    struct queue_depth queue;
    bool full = busy >= (size_t)station->workers.max;

    if (full && station->full_ns == 0) {
        station->tally.max_reached++;
        station->full_ns = now_ns;
        event_full(station->config->name, busy,
                   station_look_at_queue(station, &queue) == 0 ? &queue : NULL);
    } else if (!full && station->full_ns != 0) {
        event_full_over(station->config->name, now_ns - station->full_ns);
        station->full_ns = 0;
    }
}

/* Count, and have those who are missing forked. Whoever got busy between the count and the hint did
 * not ask, so count again until it stands. */
static size_t grow(struct station *station, int64_t now_ns)
{
    size_t busy;

    do {
        busy = station_count_busy(station);
        if (station->target < wanted(station, busy))
            station->target = wanted(station, busy);
        note_full(station, busy, now_ns);
        atomic_store(&station->hints->ask_at, ask_at(station));
    } while (station_count_busy(station) > ask_at(station) && busy < (size_t)station->workers.max);
    return busy;
}

/* Since when SLOT's worker has nothing to do, by its stamps, which may be a tick ahead of the coarse
 * NOW_NS, or forged; INT64_MAX: it is busy, or is not one. */
static int64_t idle_since_ns(const struct station *station, size_t slot, int64_t now_ns)
{
    int64_t since_ns;

    const struct worker_page *page = scoreboard_page(station->board, slot);

    if (station->pool->slots[slot].state != SLOT_READY || atomic_load(&page->connection) != 0)
        return INT64_MAX;
    since_ns = later(station->pool->slots[slot].started_ns,
                     later(atomic_load(&page->began_ns), atomic_load(&page->moved_ns)));
    return since_ns > now_ns ? now_ns : since_ns;
}

/* All who have been idle for long, beyond those wanted, leave together. When the next could. */
static int64_t shrink(struct station *station, size_t busy, int64_t now_ns)
{
    size_t beyond = station->target - wanted(station, busy);
    int64_t next_ns = WATCHDOG_NEVER;

    for (size_t slot = station->pool->size; slot-- > 0 && beyond > 0;) {
        int64_t since_ns = idle_since_ns(station, slot, now_ns), due_ns;

        if (since_ns == INT64_MAX)
            continue;
        due_ns = since_ns + station->config->spare_timeout_ns;
        if (due_ns > now_ns) {
            next_ns = due_ns < next_ns ? due_ns : next_ns;
            continue;
        }
        kill(station->pool->slots[slot].pid, SIGNAL_RETIRE);
        pool_leaves(station->pool, slot);
        station->target--;
        beyond--;
    }
    atomic_store(&station->hints->ask_at, ask_at(station));
    /* Nobody tells when a worker gets idle: as long as there are more than the least, look again. */
    if (next_ns == WATCHDOG_NEVER && station->target > (size_t)station->workers.min)
        next_ns = now_ns + station->config->spare_timeout_ns;
    return next_ns;
}

int64_t growth_judge(struct station *station, int64_t now_ns)
{
    size_t busy;

    if (station->workers.min == station->workers.max || station->phase != PHASE_RUNNING)
        return WATCHDOG_NEVER;
    if (now_ns < station->grow_ns && atomic_load(&station->hints->ask_at) != HINT_ASKED)
        return station->grow_ns;
    busy = grow(station, now_ns);
    station->grow_ns = shrink(station, busy, now_ns);
    if (station->full_ns != 0)
        station->grow_ns = now_ns + FULL_CHECK_NS;
    return station->grow_ns;
}
