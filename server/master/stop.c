/*
 * stop: see stop.h.
 */
#include "server/master/stop.h"

#include <stdio.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/number.h"
#include "server/master/generations.h"
#include "server/pool/retire.h"

/* Return how many processes there are whose connections are not seen. */
static size_t count_programs(const struct master *master)
{
    size_t count = 0;

    for_each_pool (pool, master)
        count += pool->kind->sees_clients ? 0 : pool->slots->live;
    return count;
}

static void log_stopping(const struct master *master)
{
    int64_t timeout_ns = master->stop_timeout_ns;
    char limit[NUMBER_TEXT_SIZE] = "as long as it takes", programs[48] = "";
    size_t count = count_programs(master);

    if (timeout_ns != NUMBER_UNLIMITED)
        number_format_duration(timeout_ns, limit);
    if (count > 0)
        snprintf(programs, sizeof(programs), " and %zu programs", count);
    log_line(LOG_NOTICE,
             "stopping: waiting for %zu active connections%s (%s%s); another signal stops at once",
             master_count_busy(master), programs, timeout_ns == NUMBER_UNLIMITED ? "" : "at most ",
             limit);
}

/* Return how long programs have to end in a fast stop. */
static int64_t longest_kill_after_ns(struct master *master)
{
    int64_t longest_ns = 0;

    for_each_pool (pool, master) {
        if (pool->config->runs_program)
            longest_ns = clock_later_ns(longest_ns, pool->config->kill_after_ns);
    }
    return longest_ns;
}

void stop_begin(struct master *master, int64_t now_ns)
{
    int64_t timeout_ns = master->stop_timeout_ns;

    reload_cancel(master, now_ns);
    if (master->role == ROLE_IN_CHARGE)
        service_manager_stopping(&master->manager, timeout_ns, longest_kill_after_ns(master));
    log_stopping(master);
    master->phase = PHASE_STOPPING;
    master->stop_due_ns = timeout_ns == NUMBER_UNLIMITED ? NEVER_NS : now_ns + timeout_ns;
    for_each_pool (pool, master) {
        if (pool->phase == PHASE_RUNNING)
            retire_begin(pool, timeout_ns, now_ns);
    }
}

/* Programs are given time to end even in a fast stop: give them no more. */
static void kill_all(struct master *master)
{
    for_each_pool (pool, master)
        retire_kill(pool);
}

void stop_request(struct master *master, int64_t now_ns)
{
    master->stop_requests++;
    if (master->phase == PHASE_RUNNING)
        stop_begin(master, now_ns);
    else if (master->phase == PHASE_STOPPING && master->stop_requests > 1 &&
             master->role != ROLE_CANDIDATE)
        stop_fast(master, "asked for a second time");
    else if (master->phase == PHASE_STOPPING_FAST)
        kill_all(master);
}

void stop_fast(struct master *master, const char *why)
{
    log_line(LOG_WARNING, "stopping now (%s): %zu active connections", why,
             master_count_busy(master));
    master->phase = PHASE_STOPPING_FAST;
    for_each_pool (pool, master)
        retire_fast(pool);
}

int64_t stop_continue(struct master *master, int64_t now_ns)
{
    if (master->phase == PHASE_STOPPING && now_ns >= master->stop_due_ns && !stop_is_done(master))
        stop_fast(master, "stop_timeout is over");
    return master->phase == PHASE_STOPPING ? master->stop_due_ns : NEVER_NS;
}

bool stop_is_done(const struct master *master)
{
    if (master->phase == PHASE_RUNNING)
        return false;
    for_each_pool (pool, master) {
        if (!retire_is_done(pool))
            return false;
    }
    return true;
}

void stop_close_listeners(struct master *master)
{
    for_each_pool (pool, master) {
        if (pool->listener == NULL)
            continue;
        pool->totals.refused += listener_close(pool->listener);
        listener_drop(pool->listener);
        pool->listener = NULL;
    }
}

void stop_log_totals(struct master *master)
{
    generations_close_retired(master);
    for_each_pool (pool, master)
        generations_log_stopped(pool);
}
