/*
 * reap: see reap.h.
 */
#include "server/pool/reap.h"

#include <signal.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "server/event.h"
#include "server/worker/worker.h"

/* Ended by itself: it left with a failure, or made a mistake. */
static bool is_own_fault(int status)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP};

    if (WIFEXITED(status))
        return WEXITSTATUS(status) != 0;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        if (WTERMSIG(status) == faults[i])
            return true;
    }
    return false;
}

/* Whether the end says that the next worker would fare no better. A worker that served before it
 * fell was felled by a caller, and one that somebody killed was well: callers and kills must not
 * be able to switch the pool off. */
static bool is_failure(bool was_ready, int status, uint64_t accepted)
{
    return !was_ready || (accepted == 0 && is_own_fault(status));
}

static void judge_end(struct station *station, bool was_ready, int status, uint64_t accepted,
                      int64_t now_ns)
{
    int64_t wait_ns;

    if (is_failure(was_ready, status, accepted)) {
        wait_ns = pool_failed(station->pool, now_ns);
        if (wait_ns == 0)
            return;
        event_backoff(station->config->name, station->pool->failures, wait_ns);
        /* The dead may have taken a wake-up along, and no successor comes now to find the caller:
         * an idle worker whom any signal wakes looks for one. */
        station_signal_workers(station, SIGNAL_LET_GO);
    } else if (accepted > 0) {
        pool_recovered(station->pool);
    }
}

/* The worker of SLOT has ended: say so, keep its sums, free the slot. */
static void end(const struct master *master, struct station *station, size_t slot, int status,
                int64_t now_ns)
{
    const struct worker_page *page = scoreboard_page(station->board, slot);
    const struct pool_slot *old = &station->pool->slots[slot];
    const struct event_worker who = {station->config->name, slot, old->pid};
    uint64_t accepted = counter_read(&page->counters.accepted);
    bool stopping = station->phase != PHASE_RUNNING;
    bool asked = (WIFEXITED(status) && WEXITSTATUS(status) == 0) || old->killed;
    bool expected = (stopping || old->state >= SLOT_SPENT) && asked;
    bool was_ready = old->state == SLOT_READY || atomic_load(&page->ready) != 0;

    event_worker_ended(&who, status, accepted, expected);
    station->tally.crashes += !expected;
    counters_merge(&station->tally.ended, &page->counters);
    if (master->phase == PHASE_RUNNING)
        rates_keep(&station->tally.rates, page, now_ns / NS_PER_S);
    if (atomic_load(&page->connection) != 0) {
        station->tally.cut += stopping;
        atomic_fetch_sub(&station->hints->busy, 1); /* it can no longer say so itself */
    }
    pool_ended(station->pool, slot);
    judge_end(station, was_ready, status, accepted, now_ns);
}

static void note(const struct master *master, struct station *station, size_t slot, int status,
                 int64_t now_ns)
{
    if (WIFSTOPPED(status)) {
        station->pool->slots[slot].stopped_ns = now_ns;
        station->judge_ns = now_ns; /* the watchdog sets it a deadline */
    } else if (WIFCONTINUED(status)) {
        station->pool->slots[slot].stopped_ns = 0;
    } else {
        end(master, station, slot, status, now_ns);
    }
}

void reap_children(struct master *master, int64_t now_ns)
{
    pid_t pid;
    int status;

    while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
        if (upgrade_note_end(master, pid, status, now_ns))
            continue;
        for (struct station *station = master->stations; station != NULL; station = station->next) {
            size_t slot = pool_find(station->pool, pid);

            if (slot < station->pool->size) {
                note(master, station, slot, status, now_ns);
                break;
            }
        }
    }
}
