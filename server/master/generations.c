/*
 * generations: see generations.h.
 */
#include "server/master/generations.h"

#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/master/claims/placement.h"
#include "server/net/listener_barrier.h"
#include "server/pool/retire.h"

void generations_append(struct master *master, struct pool *pool)
{
    struct pool **end = &master->pools;

    while (*end != NULL)
        end = &(*end)->next;
    *end = pool;
}

/* Open the next pool of CONFIG with the listener that PLACEMENT has opened. */
static MAY_FAIL open_pool(struct master *master, struct placement *placement, struct config *config,
                          uint64_t generation, struct failure *failure)
{
    const struct pool_origin origin = {config, placement->taken, generation};
    struct pool *pool;

    if (pool_open(&master->host, &origin, placement_take(placement), &pool, failure) != NULL)
        return config_name_place(config, origin.index, NULL, failure);
    generations_append(master, pool);
    return NULL;
}

/* Do what comes next: decide, open a listener, open a pool. Returns as generations_open(). */
static MAY_FAIL open_next(struct master *master, struct config *config, uint64_t generation,
                          struct placement *placement, int64_t patience_ns, bool *done,
                          struct failure *failure)
{
    const struct failed *failed;
    bool has_all;

    if (placement->config == NULL)
        return placement_find(placement, master_holdings(master), config, failure);
    failed = placement_open_next(placement, patience_ns, &has_all, failure);
    if (failed != NULL || !has_all)
        return failed;
    failed = open_pool(master, placement, config, generation, failure);
    *done = failed == NULL && placement->taken == config->pool_count;
    return failed;
}

MAY_FAIL generations_open(struct master *master, struct config *config, uint64_t generation,
                          struct placement *placement, int64_t until_ns, int64_t patience_ns,
                          bool *done, struct failure *failure)
{
    const struct failed *failed;

    *done = false;
    do
        failed = open_next(master, config, generation, placement, patience_ns, done, failure);
    while (failed == NULL && !*done && clock_now_ns() < until_ns);
    if (failed != NULL || *done)
        placement_free(placement);
    return failed;
}

void generations_set_stop_timeout(struct master *master, int64_t timeout_ns)
{
    master->stop_timeout_ns = timeout_ns;
    for_each_pool (pool, master)
        retire_set_timeout(pool, timeout_ns);
}

void generations_retire(struct master *master, uint64_t generation, int64_t now_ns)
{
    for_each_pool (pool, master) {
        if (pool->generation == generation && pool->phase == PHASE_RUNNING)
            retire_begin(pool, master->stop_timeout_ns, now_ns);
    }
}

/* Return what points to POOL in the list, or to its end. */
static struct pool **find_place(struct master *master, const struct pool *pool)
{
    struct pool **place = &master->pools;

    while (*place != NULL && *place != pool)
        place = &(*place)->next;
    return place;
}

void generations_remove(struct master *master, struct pool *pool)
{
    struct pool **place = find_place(master, pool);

    if (*place != NULL)
        *place = pool->next;
    pool_close(pool);
}

/* Put CANDIDATE in the place of OLD, which goes to the end of the list. */
static void replace(struct master *master, struct pool *old, struct pool *candidate)
{
    struct pool **place = find_place(master, candidate);

    *place = candidate->next;
    place = find_place(master, old);
    candidate->next = old->next;
    *place = candidate;
    old->next = NULL;
    generations_append(master, old);
}

void generations_renew(struct master *master, struct pool *old, struct pool *candidate,
                       int64_t now_ns)
{
    for_each_pool_in_force (pool, master) {
        if (pool != old)
            pool->generation = candidate->generation;
    }
    replace(master, old, candidate);
    candidate->renewed = false;
    old->renewed = true;
    master->generation = candidate->generation;
    retire_begin(old, master->stop_timeout_ns, now_ns);
    log_line(LOG_NOTICE, "renewed: generation %llu", (unsigned long long)master->generation);
}

void generations_promote(struct master *master, uint64_t generation)
{
    struct pool *others = NULL, **first = &master->pools, **end = &others;

    for (struct pool *pool = master->pools, *next; pool != NULL; pool = next) {
        next = pool->next;
        pool->next = NULL;
        if (pool->generation == generation) {
            *first = pool;
            first = &pool->next;
        } else {
            *end = pool;
            end = &pool->next;
        }
    }
    *first = others;
    master->generation = generation;
}

void generations_adjust_listeners(struct master *master)
{
    for_each_pool_in_force (pool, master) {
        if (pool_listens(pool) && pool->listener->users > 1)
            listener_adjust(pool->listener, pool->config,
                            service_lets_client_speak_first(pool->config));
    }
}

void generations_log_stopped(const struct pool *pool)
{
    const struct totals *totals = &pool->totals;
    const struct counters *sums = &totals->ended;

    if (!pool->kind->sees_clients) {
        log_line(LOG_NOTICE, "stopped: pool %s, connections of its programs unknown, %llu refused",
                 pool->config->name, (unsigned long long)totals->refused);
        return;
    }
    log_line(LOG_NOTICE,
             "stopped: pool %s, %llu connections and %llu requests served, %llu cut, %llu refused, "
             "%llu dropped",
             pool->config->name, (unsigned long long)totals_served(totals),
             (unsigned long long)counter_read(&sums->requests),
             (unsigned long long)totals_cut(totals), (unsigned long long)totals->refused,
             (unsigned long long)counter_read(&sums->dropped));
}

/* Returns whether CONFIG is in force, or a pool of it is left. */
static bool is_in_use(const struct master *master, const struct config *config)
{
    for_each_pool (pool, master) {
        if (pool->root == config)
            return true;
    }
    return config == master->config;
}

/* Close POOL, which has retired. The pool of its name in force inherits its totals; where there is
 * none they are logged. The configuration goes with its last pool. */
static void close_retired(struct master *master, struct pool *pool)
{
    struct pool *heir = master_find_pool(master, pool->config->name);
    struct config *config = pool->root;

    if (heir != NULL && heir->listener != NULL)
        listener_examine(heir->listener); /* a worker that has ended shared it until then */
    if (heir != NULL)
        totals_merge(&heir->totals, &pool->totals);
    else
        generations_log_stopped(pool);
    generations_remove(master, pool);
    if (!is_in_use(master, config))
        config_free(config);
}

int64_t generations_continue(struct master *master, int64_t now_ns)
{
    int64_t due_ns = NEVER_NS, until_ns = clock_now_ns() + MASTER_TURN_NS;

    for (struct pool *pool = master->pools, *next; pool != NULL; pool = next) {
        next = pool->next;
        if (pool->phase == PHASE_RUNNING)
            continue;
        due_ns = clock_earlier_ns(due_ns, retire_continue(pool, now_ns));
        /* A stop keeps them to its end: a successor is sent what each has counted since it got
         * charge, and would be sent merged totals twice. */
        if (master->phase == PHASE_RUNNING && retire_is_done(pool) && clock_now_ns() < until_ns) {
            close_retired(master, pool);
            due_ns = now_ns; /* a reload may have waited for this, and others may be left */
        }
    }
    return due_ns;
}

void generations_close_retired(struct master *master)
{
    for (struct pool *pool = master->pools, *next; pool != NULL; pool = next) {
        next = pool->next;
        if (pool->generation != master->generation)
            close_retired(master, pool);
    }
}

struct pool *generations_candidate(const struct master *master)
{
    for_each_pool (pool, master) {
        if (pool->phase == PHASE_RUNNING && pool->generation != master->generation)
            return pool;
    }
    return NULL;
}

int64_t generations_first_due_ns(const struct master *master)
{
    int64_t due_ns = NEVER_NS;

    for_each_pool (pool, master) {
        if (pool->phase != PHASE_RUNNING)
            due_ns = clock_earlier_ns(due_ns, pool->stop_due_ns);
    }
    return due_ns;
}

size_t generations_count_retiring(const struct master *master)
{
    uint64_t last = 0;
    size_t count = 0;

    for_each_pool (pool, master) {
        if (pool->phase == PHASE_RUNNING || pool->renewed)
            continue;
        count += pool->generation != last;
        last = pool->generation;
    }
    return count;
}

size_t generations_count_renewed(const struct master *master, const char *name)
{
    size_t count = 0;

    for_each_pool (pool, master)
        count +=
            pool->phase != PHASE_RUNNING && pool->renewed && strcmp(pool->config->name, name) == 0;
    return count;
}
