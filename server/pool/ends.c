/*
 * ends: see ends.h.
 */
#include "server/pool/ends.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/signal_name.h"
#include "common/status.h"
#include "server/net/listener_barrier.h"
#include "server/pool/activity.h"
#include "server/pool/kinds/kind.h"

enum { SERVICE_SIZE = 64 };

/* Returns whether a worker that ended with STATUS left with a failure, or made a mistake itself. */
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

/* Returns whether a worker that ended with STATUS says that its program cannot serve as it is
 * configured. Clients of such a worker may have been served before. */
static bool is_unfit(const struct pool *pool, int status)
{
    return pool->config->start == START_WARM && WIFEXITED(status) &&
           WEXITSTATUS(status) == STATUS_CONFIG;
}

/* Delay the next fork where this end says that the next worker would fare no better. A worker that
 * crashed after it had SERVED was crashed by a client, and one that was killed was well: clients
 * and operators must not be able to switch the pool off. */
static void judge_end(struct pool *pool, bool was_ready, int status, bool served, int64_t now_ns)
{
    int64_t wait_ns;

    if (was_ready && !is_unfit(pool, status) && (served || !is_own_fault(status))) {
        if (served)
            slots_recovered(pool->slots);
        return;
    }
    wait_ns = slots_failed(pool->slots, now_ns);
    if (wait_ns == 0)
        return;
    log_line(LOG_ERROR, "pool %s: %u %ss in a row failed; the next starts in %lld s",
             pool->config->name, pool->slots->failures, pool->kind->noun,
             (long long)(wait_ns / NS_PER_S));
    pool_ask_all(pool, REQUEST_ACCEPT); /* it may have taken a wakeup with it: see children.c */
}

/* Print to TEXT what the worker of SLOT, which has ended and has counted COUNTERS, has done: how
 * many connections it served and did not lose, or for how long it ran. */
static void print_service(const struct pool *pool, size_t slot, const struct counters *counters,
                          int64_t now_ns, char text[SERVICE_SIZE])
{
    uint64_t accepted = counter_read(&counters->accepted);
    uint64_t cut = counter_read(&counters->timeouts) + pool_lost_connection(pool, slot);

    if (pool->kind->sees_clients)
        snprintf(text, SERVICE_SIZE, "%llu connections served",
                 (unsigned long long)(accepted > cut ? accepted - cut : 0));
    else
        snprintf(text, SERVICE_SIZE, "after %.1f s",
                 (double)(now_ns - pool->slots->at[slot].started_ns) / (double)NS_PER_S);
}

static void log_end(const struct pool *pool, size_t slot, int status, const char *service,
                    bool expected)
{
    enum log_level level = expected ? LOG_INFO : LOG_WARNING;
    int pid = (int)pool->slots->at[slot].pid;
    char text[SIGNAL_NAME_SIZE];

    if (WIFEXITED(status))
        log_line(!expected && WEXITSTATUS(status) == 0 ? LOG_NOTICE : level,
                 "%s %d (pool %s, slot %zu) exited with status %d, %s", pool->kind->noun, pid,
                 pool->config->name, slot, WEXITSTATUS(status), service);
    else
        log_line(level, "%s %d (pool %s, slot %zu) killed by %s%s, %s", pool->kind->noun, pid,
                 pool->config->name, slot, signal_name(WTERMSIG(status), text),
                 WCOREDUMP(status) ? " (core dumped)" : "", service);
}

/* Returns whether the process of SLOT, which was ready, proves by that that the next one will be: a
 * program that says so and ends at once does not. */
static bool has_lasted(const struct pool *pool, size_t slot, int64_t now_ns)
{
    return pool->kind->sees_clients ||
           now_ns - pool->slots->at[slot].started_ns >= pool->config->ready_after_ns;
}

static void note_end(struct pool *pool, size_t slot, int status, int64_t now_ns)
{
    const struct worker_page *page = scoreboard_page(pool->board, slot);
    const struct slot *old = &pool->slots->at[slot];
    const struct counters *counters = pool_read_counters(pool, slot, now_ns);
    uint64_t accepted = counter_read(&counters->accepted);
    bool is_leaving = pool->phase != PHASE_RUNNING || old->state >= SLOT_SPENT;
    bool expected = pool->kind->is_in_order(pool, slot, status, is_leaving);
    bool was_ready = (expected || old->state == SLOT_READY || atomic_load(&page->ready) != 0) &&
                     (is_leaving || has_lasted(pool, slot, now_ns));
    bool served = pool->kind->sees_clients ? accepted > 0 : was_ready;
    char service[SERVICE_SIZE];

    if (pool->kind->ended != NULL)
        pool->kind->ended(pool, slot);
    print_service(pool, slot, counters, now_ns, service);
    log_end(pool, slot, status, service, expected);
    if (pool->listener != NULL && pool->phase == PHASE_RUNNING)
        listener_examine(pool->listener);
    if (!expected && pool->listener != NULL)
        listener_restore_blocking(pool->listener, pool->config->name);
    pool->totals.crashes += !expected;
    pool_free_slot(pool, slot, now_ns);
    pool_mend_hints(pool, now_ns);
    judge_end(pool, was_ready, status, served, now_ns);
}

void ends_note_status(struct pool *pool, size_t slot, int status, int64_t now_ns)
{
    if (WIFSTOPPED(status)) {
        pool->slots->at[slot].stopped_ns = now_ns;
        pool->judge_ns = now_ns; /* the watchdog gives it a deadline */
    } else if (WIFCONTINUED(status)) {
        pool->slots->at[slot].stopped_ns = 0;
    } else {
        note_end(pool, slot, status, now_ns);
    }
}
