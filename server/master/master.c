/*
 * master: see master.h.
 */
#include "server/master/master.h"

#include <string.h>

#include "common/clock.h"
#include "server/pool/activity.h"

#define SEARCH_AFTER_NS (100 * NS_PER_MS)

bool master_is_ready(const struct master *master)
{
    if (master->phase != PHASE_RUNNING)
        return false;
    for_each_pool (pool, master) {
        if (pool->phase == PHASE_RUNNING && !pool->announced)
            return false;
    }
    return true;
}

void master_note_lost_lines(struct master *master)
{
    for_each_pool (pool, master) {
        _Atomic uint64_t *lost = &pool->hints->log_lines_dropped;
        uint64_t lines = atomic_load(lost) == 0 ? 0 : atomic_exchange(lost, 0);

        if (lines > 0 && lines <= pool->slots->size * READING_COUNTS_PER_S_MAX)
            log_sink_note_dropped(&master->log, lines);
    }
}

void master_excuse_absence(struct master *master, int64_t now_ns)
{
    for_each_pool (pool, master)
        pool_excuse_absence(pool, now_ns);
}

void master_search_queues(struct master *master, int64_t now_ns)
{
    master->search_ns = now_ns + SEARCH_AFTER_NS;
}

void master_leave_control(struct master *master)
{
    if (master->control != NULL)
        listener_drop(master->control);
    master->control = NULL;
}

size_t master_count_workers(const struct master *master)
{
    size_t workers = 0;

    for_each_pool (pool, master)
        workers += pool->slots->live;
    return workers;
}

size_t master_count_busy(const struct master *master)
{
    size_t busy = 0;

    for_each_pool (pool, master)
        busy += pool_count_busy(pool);
    return busy;
}

struct pool *master_pool_at(const struct master *master, size_t index)
{
    for_each_pool (pool, master) {
        if (index-- == 0)
            return pool;
    }
    return NULL;
}

struct pool *master_find_pool(const struct master *master, const char *name)
{
    for_each_pool_in_force (pool, master) {
        if (strcmp(pool->config->name, name) == 0)
            return pool;
    }
    return NULL;
}

struct pool *master_find_worker(const struct master *master, pid_t pid, size_t *slot)
{
    for_each_pool (pool, master) {
        *slot = slots_find(pool->slots, pid);
        if (*slot < pool->slots->size)
            return pool;
    }
    return NULL;
}

struct holdings master_holdings(const struct master *master)
{
    return (struct holdings){&master->pools, &master->generation, &master->inherited};
}
