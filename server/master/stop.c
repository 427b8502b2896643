/*
 * stop: see stop.h.
 */
#include "server/master/stop.h"

#include "common/number.h"
#include "server/event.h"
#include "server/pool/retire.h"

static size_t count_busy(const struct master *master)
{
    size_t busy = 0;

    for (const struct pool *pool = master->pools; pool != NULL; pool = pool->next)
        busy += pool_count_busy(pool);
    return busy;
}

void stop_begin(struct master *master, int64_t now_ns)
{
    int64_t timeout_ns = master->config->stop_timeout_ns;

    reload_forget(master, now_ns);
    upgrade_forget(master, now_ns);
    if (master->takeover->in_charge)
        service_manager_stopping(&master->manager);
    event_stopping(count_busy(master), timeout_ns);
    master->phase = PHASE_STOPPING;
    master->stop_due_ns = timeout_ns == NUMBER_UNLIMITED ? WATCHDOG_NEVER : now_ns + timeout_ns;
    for (struct pool *pool = master->pools; pool != NULL; pool = pool->next) {
        if (pool->phase == PHASE_RUNNING)
            retire_begin(pool, timeout_ns, now_ns);
    }
}

void stop_fast(struct master *master, const char *why)
{
    event_stopping_fast(why, count_busy(master));
    master->phase = PHASE_STOPPING_FAST;
    for (struct pool *pool = master->pools; pool != NULL; pool = pool->next)
        retire_fast(pool);
}

int64_t stop_continue(struct master *master, int64_t now_ns)
{
    int64_t due_ns = WATCHDOG_NEVER;

    if (master->phase == PHASE_STOPPING && now_ns >= master->stop_due_ns && !stop_is_done(master))
        stop_fast(master, "stop_timeout is over");
    for (struct pool *pool = master->pools; pool != NULL; pool = pool->next) {
        int64_t next_ns = retire_continue(pool, now_ns);

        due_ns = next_ns < due_ns ? next_ns : due_ns;
    }
    return due_ns;
}

/* What the predecessor has yet to add to the sums goes to the successor by way of us. */
static bool owes_a_rest(const struct master *master)
{
    return master->upgrade.done && master->takeover->channel_fd >= 0;
}

bool stop_is_done(const struct master *master)
{
    if (master->phase == PHASE_RUNNING || (master->phase == PHASE_STOPPING && owes_a_rest(master)))
        return false;
    for (const struct pool *pool = master->pools; pool != NULL; pool = pool->next) {
        if (!retire_is_done(pool))
            return false;
    }
    return true;
}
