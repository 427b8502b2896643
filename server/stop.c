/*
 * stop: see stop.h.
 */
#include "server/stop.h"

#include <signal.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/number.h"
#include "server/event.h"
#include "server/worker.h"

/* The kernel has no event for a queue that gets shorter. */
#define QUEUE_CHECK_NS (20 * NS_PER_MS)

static size_t count_busy(const struct master *master)
{
    size_t busy = 0;

    for (size_t i = 0; i < master->config->pool_count; i++)
        busy += state_count_busy(master, &master->stations[i]);
    return busy;
}

void stop_begin(struct master *master, int64_t now_ns)
{
    int64_t timeout_ns = master->config->stop_timeout_ns;

    event_stopping(count_busy(master), timeout_ns);
    master->phase = PHASE_STOPPING;
    master->stop_due_ns = timeout_ns == NUMBER_UNLIMITED ? WATCHDOG_NEVER : now_ns + timeout_ns;
    for (size_t i = 0; i < master->config->pool_count; i++) {
        struct station *station = &master->stations[i];

        station->pool->retry_ns = 0; /* who is queued does not wait for a backoff of before */
        atomic_store(&station->hints->drained, 0);
        atomic_store(&station->hints->closing, 0);
        atomic_store(&station->hints->drain_left, listener_queued(&station->listener));
        listener_retire(&station->listener);
    }
    close(master->lifeline_write_fd); /* every worker's lifeline ends */
    master->lifeline_write_fd = -1;
}

void stop_fast(struct master *master, const char *why)
{
    event_stopping_fast(why, count_busy(master));
    master->phase = PHASE_STOPPING_FAST;
    for (size_t i = 0; i < master->config->pool_count; i++) {
        struct station *station = &master->stations[i];

        for (size_t slot = 0; slot < station->pool->size; slot++)
            station->pool->slots[slot].killed = true;
        state_signal_workers(station, SIGKILL);
    }
}

/* Nobody is owed an answer any more: newcomers are refused from now on, however long the
 * connections in hand take, for their workers let go of the listener too. */
static void close_listener(struct station *station)
{
    atomic_store(&station->hints->closing, 1);
    station->refused += listener_close(&station->listener);
    state_signal_workers(station, SIGNAL_LET_GO);
}

/* Whether all who were queued when the stop began have been accepted: a worker says so, or, with
 * all workers busy, the kernel. */
static bool is_drained(const struct station *station)
{
    return atomic_load(&station->hints->drained) != 0 ||
           atomic_load(&station->hints->drain_left) <= 0 ||
           listener_queued(&station->listener) == 0;
}

int64_t stop_continue(struct master *master, int64_t now_ns)
{
    int64_t due_ns = master->stop_due_ns;

    for (size_t i = 0; i < master->config->pool_count; i++) {
        struct station *station = &master->stations[i];

        if (station->listener.fd >= 0 && is_drained(station))
            close_listener(station);
        else if (station->listener.fd >= 0 && now_ns + QUEUE_CHECK_NS < due_ns)
            due_ns = now_ns + QUEUE_CHECK_NS;
    }
    if (master->phase == PHASE_STOPPING && now_ns >= master->stop_due_ns && !stop_is_done(master))
        stop_fast(master, "stop_timeout is over");
    return master->phase == PHASE_STOPPING ? due_ns : WATCHDOG_NEVER;
}

bool stop_is_done(const struct master *master)
{
    if (master->phase == PHASE_RUNNING)
        return false;
    for (size_t i = 0; i < master->config->pool_count; i++) {
        const struct station *station = &master->stations[i];

        if (station->pool->live > 0 ||
            (master->phase == PHASE_STOPPING && station->listener.fd >= 0))
            return false;
    }
    return true;
}
