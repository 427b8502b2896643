/*
 * retire: see retire.h.
 */
#include "server/pool/retire.h"

#include <unistd.h>

#include "common/clock.h"
#include "common/number.h"
#include "server/event.h"
#include "server/worker/worker.h"

/* The kernel has no event for a queue that gets shorter. */
#define QUEUE_CHECK_NS (20 * NS_PER_MS)

/* Somebody else goes on accepting. A worker that was told of a caller and of this accepts first: the
 * kernel told nobody else. */
static void leave_listener(struct station *station)
{
    listener_drop(station->listener);
    station->listener = NULL;
    station_signal_workers(station, SIGNAL_RETIRE);
}

/* Nobody accepts any more. The queued are owed an accept, newcomers are refused. */
static void drain_listener(struct station *station)
{
    struct pool_hints *hints = station->hints;

    station->pool->retry_ns = 0; /* who is queued does not wait for a backoff of before */
    atomic_store(&hints->drained, 0);
    atomic_store(&hints->closing, 0);
    atomic_store(&hints->drain_left, listener_queued(station->listener));
    listener_retire(station->listener);
    close(station->lifeline_write_fd); /* every worker's lifeline ends */
    station->lifeline_write_fd = -1;
}

void retire_begin(struct station *station, int64_t timeout_ns, int64_t now_ns)
{
    station->phase = PHASE_STOPPING;
    station->stop_due_ns = timeout_ns == NUMBER_UNLIMITED ? WATCHDOG_NEVER : now_ns + timeout_ns;
    if (station->listener->users > 1 || !listener_is_ours(station->listener))
        leave_listener(station);
    else
        drain_listener(station);
}

void retire_fast(struct station *station)
{
    station->phase = PHASE_STOPPING_FAST;
    for (size_t slot = 0; slot < station->pool->size; slot++)
        station->pool->slots[slot].killed = true;
    station_signal_workers(station, SIGKILL);
}

/* Nobody is owed an answer any more: newcomers are refused from now on, however long the
 * connections in hand take, for their workers let go of the listener too. */
static void close_listener(struct station *station)
{
    atomic_store(&station->hints->closing, 1);
    station->tally.refused += listener_close(station->listener);
    station_signal_workers(station, SIGNAL_LET_GO);
}

/* Whether all who were queued when it began have been accepted: a worker says so, or, with all
 * workers busy, the kernel. */
static bool is_drained(const struct station *station)
{
    return atomic_load(&station->hints->drained) != 0 ||
           atomic_load(&station->hints->drain_left) <= 0 || listener_queued(station->listener) == 0;
}

int64_t retire_continue(struct station *station, int64_t now_ns)
{
    if (station_listens(station) && is_drained(station))
        close_listener(station);
    if (station->phase == PHASE_STOPPING && now_ns >= station->stop_due_ns &&
        !retire_is_done(station)) {
        event_retired_fast(station->config->name, station->generation, station_count_busy(station));
        retire_fast(station);
    }
    if (station->phase == PHASE_STOPPING_FAST || retire_is_done(station))
        return WATCHDOG_NEVER;
    if (station_listens(station) && now_ns + QUEUE_CHECK_NS < station->stop_due_ns)
        return now_ns + QUEUE_CHECK_NS;
    return station->stop_due_ns;
}

bool retire_is_done(const struct station *station)
{
    return station->pool->live == 0 &&
           (station->phase == PHASE_STOPPING_FAST || !station_listens(station));
}
