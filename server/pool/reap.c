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

static void judge_end(struct pool *pool, bool was_ready, int status, uint64_t accepted,
                      int64_t now_ns)
{
    int64_t wait_ns;

    if (is_failure(was_ready, status, accepted)) {
        wait_ns = slots_failed(pool->slots, now_ns);
        if (wait_ns == 0)
            return;
        event_backoff(pool->config->name, pool->slots->failures, wait_ns);
        /* The dead may have taken a wake-up along, and no successor comes now to find the caller:
         * an idle worker whom any signal wakes looks for one. */
        pool_signal_workers(pool, SIGNAL_CLOSE_LISTENER);
    } else if (accepted > 0) {
        slots_recovered(pool->slots);
    }
}

/* The worker of SLOT has ended: say so, keep its sums, free the slot. */
static void end(const struct master *master, struct pool *pool, size_t slot, int status,
                int64_t now_ns)
{
    const struct worker_page *page = scoreboard_page(pool->board, slot);
    const struct slot *old = &pool->slots->at[slot];
    const struct event_worker who = {pool->config->name, slot, old->pid};
    uint64_t accepted = counter_read(&page->counters.accepted);
    bool stopping = pool->phase != PHASE_RUNNING;
    bool asked = (WIFEXITED(status) && WEXITSTATUS(status) == 0) || old->killed;
    bool expected = (stopping || old->state >= SLOT_SPENT) && asked;
    bool was_ready = old->state == SLOT_READY || atomic_load(&page->ready) != 0;

    event_worker_ended(&who, status, accepted, expected);
    pool->totals.crashes += !expected;
    counters_merge(&pool->totals.ended, &page->counters);
    if (master->phase == PHASE_RUNNING)
        rates_keep(&pool->totals.rates, page, now_ns / NS_PER_S);
    if (atomic_load(&page->connection) != 0) {
        pool->totals.cut += stopping;
        atomic_fetch_sub(&pool->hints->busy, 1); /* it can no longer say so itself */
    }
    slots_ended(pool->slots, slot);
    judge_end(pool, was_ready, status, accepted, now_ns);
}

static void note(const struct master *master, struct pool *pool, size_t slot, int status,
                 int64_t now_ns)
{
    if (WIFSTOPPED(status)) {
        pool->slots->at[slot].stopped_ns = now_ns;
        pool->judge_ns = now_ns; /* the watchdog sets it a deadline */
    } else if (WIFCONTINUED(status)) {
        pool->slots->at[slot].stopped_ns = 0;
    } else {
        end(master, pool, slot, status, now_ns);
    }
}

void children_reap(struct master *master, int64_t now_ns)
{
    pid_t pid;
    int status;

    while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
        if (upgrade_note_end(master, pid, status, now_ns))
            continue;
        for (struct pool *pool = master->pools; pool != NULL; pool = pool->next) {
            size_t slot = slots_find(pool->slots, pid);

            if (slot < pool->slots->size) {
                note(master, pool, slot, status, now_ns);
                break;
            }
        }
    }
}
