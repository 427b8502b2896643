/*
 * generations: see generations.h.
 */
#include "server/master/generations.h"

#include "server/event.h"

void generations_append(struct master *master, struct pool *pool)
{
    struct pool **end = &master->pools;

    while (*end != NULL)
        end = &(*end)->next;
    *end = pool;
}

void generations_part_with(struct master *master, struct pool *pool)
{
    struct pool **place = &master->pools;

    while (*place != NULL && *place != pool)
        place = &(*place)->next;
    if (*place != NULL)
        *place = pool->next;
    pool_close(pool);
}

/* Whether a pool of GENERATION is left. */
static bool lives(const struct master *master, uint64_t generation)
{
    const struct pool *pool = master->pools;

    while (pool != NULL && pool->generation != generation)
        pool = pool->next;
    return pool != NULL;
}

void generations_bury(struct master *master, struct pool *pool)
{
    struct pool *heir = master_find_pool(master, pool->config->name);
    struct config *config = pool->root;
    uint64_t generation = pool->generation;

    if (heir != NULL)
        totals_merge(&heir->totals, &pool->totals);
    else
        event_stopped(pool->config->name, &pool->totals);
    generations_part_with(master, pool);
    if (!lives(master, generation) && config != master->config)
        config_free(config);
}

struct pool *generations_candidate(const struct master *master)
{
    struct pool *pool = master->pools;

    while (pool != NULL && (pool->phase != PHASE_RUNNING || pool->generation == master->generation))
        pool = pool->next;
    return pool;
}

size_t generations_retiring(const struct master *master)
{
    uint64_t last = 0;
    size_t count = 0;

    for (const struct pool *pool = master->pools; pool != NULL; pool = pool->next) {
        if (pool->phase != PHASE_RUNNING && pool->generation != last)
            count++;
        if (pool->phase != PHASE_RUNNING)
            last = pool->generation;
    }
    return count;
}

void generations_put_first(struct master *master, uint64_t generation)
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
}

void generations_bury_all(struct master *master)
{
    for (struct pool *pool = master->pools, *next; pool != NULL; pool = next) {
        next = pool->next;
        if (pool->generation != master->generation)
            generations_bury(master, pool);
    }
}
