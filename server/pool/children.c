/*
 * children: see children.h.
 */
#include "server/pool/children.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/signal_name.h"
#include "common/status.h"
#include "server/net/listener_barrier.h"
#include "server/pool/activity.h"
#include "server/pool/kinds/kind.h"

#define FORK_RETRY_NS (250 * NS_PER_MS)

enum { SERVICE_SIZE = 64 };

static void note_fork(struct pool *pool, bool fails)
{
    if (pool->fork_fails == fails)
        return; /* a store would leave each worker a copy of the page */
    pool->fork_fails = fails;
    if (fails)
        log_line(LOG_ERROR, "pool %s: cannot fork a %s, trying again: %s", pool->config->name,
                 pool->kind->noun, strerror(errno));
    else
        log_line(LOG_NOTICE, "pool %s: forking %ss again", pool->config->name, pool->kind->noun);
}

/* Returns 0, or -1 where no process can be made now. */
static int spawn_one(struct pool *pool, size_t slot, int64_t now_ns)
{
    const struct pool_kind *kind = pool->kind;
    pid_t pid = -1;

    memset(scoreboard_page(pool->board, slot), 0, sizeof(struct worker_page));
    if (kind->prepare == NULL || kind->prepare(pool, slot) == 0) {
        /* fork(3) readies libc for a child of several threads: it writes to three more pages. */
        pid = _Fork();
        if (pid == 0)
            kind->run(pool, slot);
    }
    note_fork(pool, pid < 0);
    if (kind->forked != NULL)
        kind->forked(pool, slot, pid);
    if (pid < 0)
        return -1;
    slots_started(pool->slots, slot, pid, now_ns);
    return 0;
}

/* Returns how many workers there should be: during a stop one more than are busy, until the accept
 * queue is drained; none where there is none and nothing is queued. */
static size_t wanted(const struct pool *pool)
{
    size_t most = (size_t)pool->workers.max, busy;

    if (pool->phase == PHASE_STOPPING_FAST || !pool_listens(pool))
        return 0;
    if (pool->phase == PHASE_RUNNING)
        return pool->target;
    if (pool->slots->live == 0 && listener_queued(pool->listener) == 0)
        return 0;
    busy = pool_count_busy(pool);
    return busy < most ? busy + 1 : most;
}

/* A worker that ended may have taken with it the only wakeup for a connection, and no successor
 * will find that connection soon. A signal that does nothing else makes every idle worker try
 * accept(). */
static void have_idle_accept(struct pool *pool)
{
    pool_ask_all(pool, REQUEST_ACCEPT);
}

static int64_t delay_fork(struct pool *pool, int64_t now_ns)
{
    pool->slots->retry_ns = now_ns + FORK_RETRY_NS;
    have_idle_accept(pool);
    return pool->slots->retry_ns;
}

/* Fork workers until there are TARGET, or UNTIL_NS is over. Returns as children_spawn(). */
static int64_t spawn_batch(struct pool *pool, size_t target, int64_t now_ns, int64_t until_ns)
{
    struct slots *slots = pool->slots;
    size_t slot = 0;
    int64_t next_ns = NEVER_NS;

    while (slots_staying(slots) < target) {
        slot = slots_free_slot(slots, slot);
        if (slot == slots->capacity)
            return next_ns; /* leaving workers hold the slots: each end is an event */
        if (spawn_one(pool, slot, now_ns) < 0)
            return delay_fork(pool, now_ns);
        if (pool->kind->upkeep != NULL)
            next_ns = now_ns; /* which has to be done for this one, too */
        if (clock_now_ns() >= until_ns)
            break;
    }
    return slots_staying(slots) < target ? now_ns : next_ns;
}

/* Log that all workers of POOL accept, at any log_level and to standard error in any case: what
 * started this process waits for the line. */
static void log_ready(const struct pool *pool)
{
    char name[ENDPOINT_TEXT_SIZE];

    endpoint_print(&pool->listener->endpoint, name);
    log_always(LOG_NOTICE, NULL, "ready: pool %s, %zu workers on %s", pool->config->name,
               pool->slots->ready, name);
    if (pool->host->log->name != NULL || log_is_json())
        log_line_stderr("ready: pool %s, %zu workers on %s", pool->config->name, pool->slots->ready,
                        name);
}

/* Log the ready line once the least workers accept. Returns whether that is now. */
static bool announce(struct pool *pool)
{
    if (pool->announced || pool->phase != PHASE_RUNNING ||
        pool->slots->ready < (size_t)pool->workers.min)
        return false;
    pool->announced = true;
    log_ready(pool);
    return true;
}

int64_t children_spawn(struct pool *pool, int64_t now_ns, int64_t until_ns)
{
    struct slots *slots = pool->slots;
    size_t target = wanted(pool);
    int64_t next_ns;

    /* No worker says that a pool of 0..N is ready, for which a reload may wait. */
    if (pool->workers.min == 0 && announce(pool))
        return now_ns;
    if (slots_staying(slots) >= target)
        return NEVER_NS;
    if (now_ns < slots->retry_ns)
        return slots->retry_ns;
    if (scoreboard_inherit(pool->board, true) < 0) {
        note_fork(pool, true);
        return delay_fork(pool, now_ns);
    }
    next_ns = spawn_batch(pool, target, now_ns, until_ns);
    scoreboard_inherit(pool->board, false);
    return next_ns;
}

void children_note_ready(struct pool *pool)
{
    struct slots *slots = pool->slots;

    if (slots->ready == slots_staying(slots))
        return;
    for (size_t slot = 0; slot < slots->size; slot++) {
        if (slots->at[slot].state != SLOT_STARTING ||
            atomic_load(&scoreboard_page(pool->board, slot)->ready) == 0)
            continue;
        slots_accepts(slots, slot);
        log_line(LOG_DEBUG, "%s %d (pool %s, slot %zu) accepts", pool->kind->noun,
                 (int)slots->at[slot].pid, pool->config->name, slot);
    }
    announce(pool);
}

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
    have_idle_accept(pool);
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

void children_note_status(struct pool *pool, size_t slot, int status, int64_t now_ns)
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
