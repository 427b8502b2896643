/*
 * retire: see retire.h.
 */
#include "server/pool/retire.h"

#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/number.h"
#include "server/pool/activity.h"
#include "server/pool/kinds/kind.h"
#include "server/worker/worker.h"

/* The kernel has no event for a queue that gets shorter. */
#define QUEUE_CHECK_NS (20 * NS_PER_MS)

/* How long a killed worker may take to end. A process that waits in the kernel, for a dead file
 * server say, does not end even then. */
#define KILLED_WITHIN_NS (2 * NS_PER_S)

/* Ask all workers to leave. Those of a module have a deadline for that: its stop may hang, and a
 * worker whose module ignored the signal meanwhile has missed it. */
static void ask_to_leave(struct pool *pool, enum kind_request request)
{
    pool_ask_all(pool, request);
    pool->watchdog.all_leave = true;
    pool_watch_module(pool, clock_coarse_ns());
}

/* Leave the listener to others, which go on accepting. Each worker tries accept() once more before
 * it leaves, for an exclusive wakeup may have gone to it only. */
static void leave_listener(struct pool *pool)
{
    listener_drop(pool->listener);
    pool->listener = NULL;
    ask_to_leave(pool, REQUEST_LEAVE);
}

/* Drain the listener, which no other pool has: what is queued is accepted, later clients are
 * refused. */
static void drain_listener(struct pool *pool, int64_t now_ns)
{
    struct pool_hints *hints = pool->hints;

    pool->slots->retry_ns = 0; /* queued clients do not wait for an earlier backoff */
    pool->queue_ns = now_ns;
    if (!endpoint_is_unix(&pool->listener->endpoint) && pool->config->type == SOCK_STREAM)
        pool->queue_ns += WORKER_HANDSHAKE_MS * NS_PER_MS;
    atomic_store(&hints->drained, 0);
    atomic_store(&hints->closing, 0);
    atomic_store(&hints->draining, 1);
    if (listener_retire(pool->listener, !pool->kind->sees_clients) < 0 &&
        pool->listener->barrier == NULL)
        warn("pool %s: cannot refuse new clients while those that wait are served",
             pool->config->name);
    close(pool->lifeline_write_fd); /* every worker reads the end of its lifeline */
    pool->lifeline_write_fd = -1;
}

void retire_set_timeout(struct pool *pool, int64_t timeout_ns)
{
    atomic_store(&pool->hints->stop_timeout_ns, timeout_ns);
    pool->watchdog.has_stop_timeout = timeout_ns != NUMBER_UNLIMITED;
    pool_watch_module(pool, clock_coarse_ns()); /* a stop may have another deadline now */
    if (pool->phase == PHASE_STOPPING)
        pool->stop_due_ns =
            timeout_ns == NUMBER_UNLIMITED ? NEVER_NS : pool->retired_ns + timeout_ns;
}

void retire_begin(struct pool *pool, int64_t timeout_ns, int64_t now_ns)
{
    pool->phase = PHASE_STOPPING;
    pool->retired_ns = now_ns;
    retire_set_timeout(pool, timeout_ns);
    listener_restore_blocking(pool->listener, pool->config->name);
    if (pool->listener->users > 1 || !listener_is_ours(pool->listener))
        leave_listener(pool);
    else
        drain_listener(pool, now_ns);
}

static void kill_workers(struct pool *pool, int64_t now_ns)
{
    pool->killed = true;
    pool->stop_due_ns = now_ns + KILLED_WITHIN_NS;
    for (size_t slot = 0; slot < pool->slots->size; slot++)
        pool->slots->at[slot].killed = true;
    pool_ask_all(pool, REQUEST_KILL);
}

/* Log which workers are about to be killed in their module's stop. */
static void report_stops(const struct pool *pool)
{
    for (size_t slot = 0; slot < pool->slots->size; slot++) {
        if (pool->slots->at[slot].state != SLOT_FREE && !pool->slots->at[slot].killed &&
            atomic_load(&scoreboard_page(pool->board, slot)->stopping) != 0)
            log_line(LOG_WARNING,
                     "%s %d (pool %s, slot %zu): its module's stop has not returned: killed",
                     pool->slots->noun, (int)pool->slots->at[slot].pid, pool->config->name, slot);
    }
}

/* Have the workers end their programs, and leave: by TERM, and by KILL after kill_after. */
static void end_programs(struct pool *pool, int64_t now_ns)
{
    pool->stop_due_ns = now_ns + pool->config->kill_after_ns + pool->kind->ends_within_ns;
    atomic_store(&pool->hints->ending, 1);
    pool_ask_all(pool, REQUEST_END);
}

void retire_fast(struct pool *pool)
{
    int64_t now_ns = clock_coarse_ns();

    if (pool->phase == PHASE_STOPPING_FAST)
        return;
    pool->phase = PHASE_STOPPING_FAST;
    if (pool->config->runs_module)
        report_stops(pool);
    if (pool->config->runs_program)
        end_programs(pool, now_ns);
    else
        kill_workers(pool, now_ns);
}

void retire_kill(struct pool *pool)
{
    if (pool->phase == PHASE_STOPPING_FAST && !pool->killed)
        kill_workers(pool, clock_coarse_ns());
}

void retire_close_listener(struct pool *pool)
{
    atomic_store(&pool->hints->closing, 1);
    pool->totals.refused += listener_close(pool->listener);
    ask_to_leave(pool, REQUEST_CLOSE);
}

/* Returns whether all that was queued when the drain began has been accepted. The kernel is asked
 * when a worker says so, and every now and then, for all workers may be busy. Only where it does
 * not answer, as without its socket diagnosis, the worker is believed; of a program nothing is
 * known. */
static bool is_drained(struct pool *pool, int64_t now_ns)
{
    bool hinted = atomic_exchange(&pool->hints->drained, 0) != 0;
    int64_t queued;

    if (!hinted && now_ns < pool->queue_ns)
        return false;
    pool->queue_ns = now_ns + QUEUE_CHECK_NS;
    queued = listener_queued(pool->listener);
    return queued == ACCEPT_QUEUE_UNKNOWN ? hinted || !pool->kind->sees_clients : queued == 0;
}

static void time_out(struct pool *pool)
{
    if (!pool->kind->sees_clients)
        log_line(LOG_WARNING,
                 "pool %s: stop_timeout is over for generation %llu: %zu %ss are ended",
                 pool->config->name, (unsigned long long)pool->generation, pool->slots->live,
                 pool->kind->noun);
    else
        log_line(LOG_WARNING,
                 "pool %s: stop_timeout is over for generation %llu: %llu connections cut",
                 pool->config->name, (unsigned long long)pool->generation,
                 (unsigned long long)pool_count_busy(pool));
    retire_fast(pool);
}

/* Wait no longer for workers that were killed: a stop always ends. */
static void abandon(struct pool *pool, int64_t now_ns)
{
    for (size_t slot = 0; slot < pool->slots->size; slot++) {
        if (pool->slots->at[slot].state == SLOT_FREE)
            continue;
        log_line(LOG_ERROR, "%s %d (pool %s, slot %zu) does not end although it was killed",
                 pool->kind->noun, (int)pool->slots->at[slot].pid, pool->config->name, slot);
        pool_free_slot(pool, slot, now_ns);
    }
}

int64_t retire_continue(struct pool *pool, int64_t now_ns)
{
    if (pool_listens(pool) && is_drained(pool, now_ns))
        retire_close_listener(pool);
    if (pool->phase == PHASE_STOPPING && now_ns >= pool->stop_due_ns && !retire_is_done(pool))
        time_out(pool);
    else if (pool->phase == PHASE_STOPPING_FAST && now_ns >= pool->stop_due_ns && pool->killed)
        abandon(pool, now_ns);
    else if (pool->phase == PHASE_STOPPING_FAST && now_ns >= pool->stop_due_ns)
        kill_workers(pool, now_ns);
    if (retire_is_done(pool))
        return NEVER_NS;
    return pool_listens(pool) && pool->phase == PHASE_STOPPING
               ? clock_earlier_ns(pool->queue_ns, pool->stop_due_ns)
               : pool->stop_due_ns;
}

bool retire_is_done(const struct pool *pool)
{
    return pool->slots->live == 0 && (pool->phase == PHASE_STOPPING_FAST || !pool_listens(pool));
}
