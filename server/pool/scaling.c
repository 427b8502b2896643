/*
 * scaling: see scaling.h. Busy workers are counted on their own pages: the hints say when to count,
 * and a worker's `spent` is no more than a wish to be replaced.
 */
#include "server/pool/scaling.h"

#include "common/clock.h"
#include "common/log.h"
#include "server/net/listener_watch.h"
#include "server/pool/activity.h"

/* How soon the end of an overload, with all of the most workers busy, is noticed. */
#define FULL_CHECK_NS (250 * NS_PER_MS)

/* A worker in an attacker's hands can begin and end an overload thousands of times a second. */
#define FULL_LOG_NS NS_PER_S

enum { ASKS_MAX = 3 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool scales_by_itself(const struct pool *pool)
{
    return pool->config->workers.min < pool->config->workers.max;
}

/* Returns how many workers POOL should have while BUSY of them are. One of 0..N has no idle ones
 * without a busy one, or it would never be without workers. */
static size_t wanted(const struct pool *pool, size_t busy)
{
    size_t want = busy + (size_t)pool->config->spare;

    if (busy == 0 && pool->workers.min == 0)
        return 0;
    if (want < (size_t)pool->workers.min)
        want = (size_t)pool->workers.min;
    return smaller(want, (size_t)pool->workers.max);
}

/* Returns the number of busy workers above which a worker asks: fewer than `spare` would be idle,
 * or, in a pool that cannot grow further, none. In one of 0..1 that would be every client. */
static uint32_t ask_at(const struct pool *pool)
{
    size_t most = (size_t)pool->workers.max - 1;
    size_t spare = smaller((size_t)pool->config->spare, pool->target);

    if (most == 0)
        return (uint32_t)pool->target;
    return (uint32_t)(pool->target > most ? most : pool->target - spare);
}

static void log_full(struct pool *pool, size_t busy)
{
    struct queue_depth queue;

    if (pool_read_queue(pool, &queue) < 0)
        log_line(LOG_WARNING, "pool %s: all %zu workers are busy, new clients wait",
                 pool->config->name, busy);
    else
        log_line(LOG_WARNING,
                 "pool %s: all %zu workers are busy, new clients wait: %lld are queued, of %lld",
                 pool->config->name, busy, (long long)queue.length, (long long)queue.limit);
}

/* Log once that all of the most workers are busy, and once that this is over; an overload within a
 * second of the line before only if it outlasts that second. */
static void note_full(struct pool *pool, size_t busy, int64_t now_ns)
{
    bool full = busy >= (size_t)pool->workers.max && pool->workers.max > 1;

    if (full && pool->full_ns == 0) {
        pool->totals.max_reached++;
        pool->full_ns = now_ns;
    }
    if (full && !pool->full_logged && now_ns >= pool->full_log_ns) {
        pool->full_log_ns = now_ns + FULL_LOG_NS;
        pool->full_logged = true;
        log_full(pool, busy);
    } else if (!full && pool->full_logged) {
        pool->full_logged = false;
        log_line(LOG_NOTICE, "pool %s: workers are free again after %.1f s", pool->config->name,
                 (double)(now_ns - pool->full_ns) / (double)NS_PER_S);
    }
    if (!full)
        pool->full_ns = 0;
}

static void raise_target(struct pool *pool, size_t want)
{
    if (pool->target >= want)
        return;
    pool->target = want;
    pool->asks = 0;
}

/* A worker has asked. Returns how many are busy at least: a short connection is over when the
 * master looks, and each would wake it again, so after a few that changed nothing one counts as
 * busy. */
static size_t least_busy(struct pool *pool)
{
    return ++pool->asks < ASKS_MAX ? 0 : 1;
}

/* Raise the target to what the busy workers need. Count again until the count stands: a worker that
 * became busy between the count and the hint did not ask. Returns how many are busy. */
static size_t grow(struct pool *pool, bool asked, int64_t now_ns)
{
    size_t least = asked ? least_busy(pool) : 0, busy;

    do {
        busy = pool_count_busy(pool);
        raise_target(pool, wanted(pool, busy < least ? least : busy));
        note_full(pool, busy, now_ns);
        atomic_store(&pool->hints->ask_at, ask_at(pool));
    } while (pool_count_busy(pool) > ask_at(pool) && busy < (size_t)pool->workers.max);
    return busy;
}

/* Returns since when the worker of SLOT is idle; INT64_MAX where it is busy or does not accept. */
static int64_t idle_since_ns(const struct pool *pool, size_t slot, int64_t now_ns)
{
    struct reading reading = pool_read_worker(pool, slot, now_ns);

    if (pool->slots->at[slot].state != SLOT_READY || reading.connection != 0)
        return INT64_MAX;
    return clock_later_ns(reading.began_ns, reading.moved_ns);
}

/* Retire COUNT workers that have been idle for spare_timeout, as far as there are so many. Returns
 * when the next one will have been. */
static int64_t retire_idle(struct pool *pool, size_t count, int64_t now_ns)
{
    int64_t next_ns = NEVER_NS;

    for (size_t slot = pool->slots->size; slot-- > 0 && count > 0;) {
        int64_t since_ns = idle_since_ns(pool, slot, now_ns), due_ns;

        if (since_ns == INT64_MAX)
            continue;
        due_ns = since_ns + pool->config->spare_timeout_ns;
        if (due_ns > now_ns) {
            next_ns = clock_earlier_ns(next_ns, due_ns);
            continue;
        }
        pool_retire_worker(pool, slot);
        pool->target--;
        count--;
    }
    return next_ns;
}

static int64_t shrink(struct pool *pool, size_t busy, int64_t now_ns)
{
    int64_t next_ns = retire_idle(pool, pool->target - wanted(pool, busy), now_ns);

    atomic_store(&pool->hints->ask_at, ask_at(pool));
    /* No event says that a worker became idle: while there are more than the least, look again. */
    if (next_ns == NEVER_NS && pool->target > (size_t)pool->workers.min)
        next_ns = now_ns + pool->config->spare_timeout_ns;
    return next_ns;
}

/* Returns whether LISTENER was shut down, not merely barred: it is readable for ever then. */
static bool is_shut_down(const struct listener *listener)
{
    return listener->is_down && listener->barrier == NULL;
}

/* Store no value that is there: after a fork that copies the page, for each pool at each turn. */
static void set_awaits(struct pool *pool, bool awaits)
{
    if (pool->awaits != awaits)
        pool->awaits = awaits;
}

/* Watch POOL's listener from now on. Returns whether that failed. */
static bool begin_watch(struct pool *pool)
{
    set_awaits(pool, listener_await_client(pool->listener, pool->host->loop) == 0);
    return !pool->awaits;
}

/* Watch the listener of POOL while it should have no worker, and only then. Returns whether it
 * needs one: a client waits, or the listener cannot be watched. Workers have been sent the signal
 * to leave before, and the watch reports what is queued when it begins: so a client that none of
 * them accepts is seen. One that both see costs a fork that was not needed. */
static bool needs_first_worker(struct pool *pool)
{
    bool awaited = pool->awaits;

    if (pool->target > 0 || !pool->announced || !pool_listens(pool)) {
        set_awaits(pool, false);
        return false;
    }
    if (is_shut_down(pool->listener)) { /* what a unix socket has queued can still be accepted */
        set_awaits(pool, false);
        return awaited && listener_queued(pool->listener) != 0;
    }
    return awaited ? pool->listener->has_client : begin_watch(pool);
}

static void adjust(struct pool *pool, bool asked, int64_t now_ns)
{
    size_t busy = grow(pool, asked, now_ns);

    pool->scale_ns = shrink(pool, busy, now_ns);
    if (pool->full_ns != 0)
        pool->scale_ns = now_ns + FULL_CHECK_NS;
}

/* The client of a pool without workers may be gone before its worker accepts, which then never
 * asks: so it is due after spare_timeout in any case. */
int64_t scaling_continue(struct pool *pool, int64_t now_ns)
{
    bool asked = atomic_load(&pool->hints->ask_at) == HINT_ASKED;

    if (!scales_by_itself(pool) || pool->phase != PHASE_RUNNING)
        return NEVER_NS;
    if (now_ns >= pool->scale_ns || asked)
        adjust(pool, asked, now_ns);
    if (needs_first_worker(pool)) {
        raise_target(pool, 1);
        pool->scale_ns = now_ns + pool->config->spare_timeout_ns;
    }
    return pool->scale_ns;
}

/* Retire up to COUNT of the workers that would stay, only idle ones or any. Returns how many could
 * not be found. */
static size_t retire_some(struct pool *pool, size_t count, bool only_idle)
{
    for (size_t slot = pool->slots->size; slot-- > 0 && count > 0;) {
        enum slot_state state = pool->slots->at[slot].state;

        if ((state != SLOT_READY && state != SLOT_STARTING) ||
            (only_idle && pool_worker_is_busy(pool, slot)))
            continue;
        pool_retire_worker(pool, slot);
        count--;
    }
    return count;
}

void scaling_set(struct pool *pool, int64_t workers)
{
    size_t count = (size_t)workers, staying = slots_staying(pool->slots);

    if (scales_by_itself(pool)) {
        pool->workers.min = workers;
        if (pool->target < count)
            pool->target = count;
        pool->scale_ns = 0; /* scaling_continue() retires what is too many */
        return;
    }
    pool->workers = (struct number_range){workers, workers};
    pool->target = count;
    if (staying > count)
        retire_some(pool, retire_some(pool, staying - count, true), false);
}

/* Returns how many workers wait for a successor. */
static size_t note_spent(struct pool *pool)
{
    size_t spent = 0;

    for (size_t slot = 0; slot < pool->slots->size; slot++) {
        const struct worker_page *page = scoreboard_page(pool->board, slot);

        if (pool->slots->at[slot].state == SLOT_READY && atomic_load(&page->spent) != 0)
            slots_spent(pool->slots, slot);
        spent += pool->slots->at[slot].state == SLOT_SPENT;
    }
    return spent;
}

void scaling_replace_spent(struct pool *pool)
{
    size_t accepting, beyond;

    if (!pool_replaces_workers(pool->config) || pool->phase != PHASE_RUNNING)
        return;
    accepting = note_spent(pool) + pool->slots->ready;
    beyond = accepting > pool->target ? accepting - pool->target : 0;
    for (size_t slot = 0; slot < pool->slots->size && beyond > 0; slot++) {
        if (pool->slots->at[slot].state != SLOT_SPENT)
            continue;
        pool_retire_worker(pool, slot);
        beyond--;
    }
}
