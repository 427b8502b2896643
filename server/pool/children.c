/*
 * children: see children.h.
 */
#include "server/pool/children.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/net/listener_barrier.h"
#include "server/pool/activity.h"
#include "server/pool/kinds/kind.h"
#include "server/scoreboard/source_board.h"
#include "server/worker/sandbox/sandbox.h"

#define FORK_RETRY_NS (250 * NS_PER_MS)

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
    pool_watch_module(pool, now_ns);
    return 0;
}

/* Have fork(2) leave what workers of POOL share to the child, or leave it out. Returns 0, or -1
 * with errno. */
static int inherit_memory(const struct pool *pool, bool inherit)
{
    if (scoreboard_inherit(pool->board, inherit) < 0)
        return -1;
    return source_board_inherit(pool->sources, inherit);
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
 * will find that connection soon: have every idle worker try accept(). */
static int64_t delay_fork(struct pool *pool, int64_t now_ns)
{
    pool->slots->retry_ns = now_ns + FORK_RETRY_NS;
    pool_ask_all(pool, REQUEST_ACCEPT);
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
        if (pool->kind->upkeep != NULL || pool->config->runs_module)
            next_ns = now_ns; /* to look after this one, too */
        if (clock_now_ns() >= until_ns)
            break;
    }
    return slots_staying(slots) < target ? now_ns : next_ns;
}

/* Log that all workers of POOL accept, at any log_level and to standard error in any case: what
 * started this process waits for the line. */
static void log_ready(const struct pool *pool)
{
    char name[ENDPOINT_TEXT_SIZE], sandbox[SANDBOX_TEXT_SIZE];

    endpoint_print(&pool->listener->endpoint, name);
    sandbox_describe(pool->config, sandbox);
    log_always(LOG_NOTICE, NULL, "ready: pool %s, %zu workers on %s, sandbox %s",
               pool->config->name, pool->slots->ready, name, sandbox);
    if (pool->host->log->name != NULL || log_is_json())
        log_line_stderr("ready: pool %s, %zu workers on %s, sandbox %s", pool->config->name,
                        pool->slots->ready, name, sandbox);
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
    if (inherit_memory(pool, true) < 0) {
        note_fork(pool, true);
        return delay_fork(pool, now_ns);
    }
    next_ns = spawn_batch(pool, target, now_ns, until_ns);
    inherit_memory(pool, false);
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
