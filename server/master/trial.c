/*
 * trial: see trial.h.
 */
#include "server/master/trial.h"

#include <stdio.h>

#include "common/clock.h"

void trial_begin(struct master *master, int64_t now_ns)
{
    const struct config *config = master->reload.config;

    master->reload.due_ns = now_ns + pool_ready_within_ns(config == NULL ? master->config : config);
}

/* Returns whether all candidates accept. WHY says what keeps them from it for good, or is empty. */
static bool all_accept(const struct master *master, int64_t now_ns, char why[TRIAL_REASON_SIZE])
{
    bool all = true;

    why[0] = '\0';
    for_each_pool (pool, master) {
        if (pool->generation != master->reload.generation || pool->announced)
            continue;
        all = false;
        if (pool->slots->retry_ns > now_ns && pool->slots->failures > 0)
            snprintf(why, TRIAL_REASON_SIZE, "pool %s: its %ss fail", pool->config->name,
                     pool->kind->noun);
        else if (now_ns >= master->reload.due_ns)
            snprintf(why, TRIAL_REASON_SIZE, "pool %s: not all %ss accept within %lld s",
                     pool->config->name, pool->kind->noun,
                     (long long)(pool_ready_within_ns(pool->root) / NS_PER_S));
    }
    return all;
}

/* Returns whether a candidate is still being given its workers, which are forked some at a time. */
static bool is_forking(const struct master *master)
{
    for_each_pool (pool, master) {
        if (pool->generation == master->reload.generation && !pool->fork_fails &&
            pool->slots->failures == 0 && slots_staying(pool->slots) < pool->target)
            return true;
    }
    return false;
}

enum verdict trial_judge(struct master *master, int64_t now_ns, char why[TRIAL_REASON_SIZE])
{
    if (is_forking(master))
        trial_begin(master, now_ns);
    if (all_accept(master, now_ns, why))
        return TRIAL_PASSED;
    return why[0] != '\0' ? TRIAL_FAILED : TRIAL_GOES_ON;
}
