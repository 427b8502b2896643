/*
 * collisions: see collisions.h.
 */
#include "common/config/collisions.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/keys.h"
#include "common/config/scope.h"
#include "common/text.h"

/* The keys of the master that name a file or a socket. */
static const char *const files[] = {"control", "pid_file", "log"};

enum { FILES = sizeof(files) / sizeof(files[0]) };

static const char *file_of(const struct config *config, size_t index)
{
    const char *const values[FILES] = {config->control, config->pid_file, config->log};
    const char *value = values[index];

    return value != NULL && strchr("/@", value[0]) != NULL ? value : NULL;
}

static struct config_place place_of_file(const struct config *config, size_t index)
{
    ptrdiff_t key = config_key_find(files[index]) - config_keys;

    return config->scopes->scopes[0].settings[key].place;
}

static bool has_address(const struct config *config, size_t pool)
{
    return config->pools[pool].endpoint.length > 0 && !config->scopes->scopes[pool + 1].refused;
}

static void refuse_pools(const struct config *config, size_t first, size_t second,
                         struct config_errors *errors)
{
    const struct pool_config *a = &config->pools[first], *b = &config->pools[second];
    char covered[ENDPOINT_TEXT_SIZE], covering[ENDPOINT_TEXT_SIZE];

    if (endpoint_equal(&a->endpoint, &b->endpoint)) {
        config_refuse(errors, config->scopes->scopes[second + 1].place,
                      "pool '%s' has the address of pool '%s'", b->name, a->name);
        return;
    }
    endpoint_print(&b->endpoint, covered);
    endpoint_print(&a->endpoint, covering);
    config_refuse(errors, config->scopes->scopes[second + 1].place,
                  "pool '%s': %s and pool '%s': %s cannot both be bound, one of them covers the "
                  "other",
                  b->name, covered, a->name, covering);
}

static void check_file(const struct config *config, size_t index, struct config_errors *errors)
{
    const char *file = file_of(config, index);

    if (file == NULL)
        return;
    for (size_t other = 0; other < index; other++) {
        const char *taken = file_of(config, other);

        if (taken != NULL && strcmp(file, taken) == 0)
            config_refuse(errors, place_of_file(config, index), "%s '%.255s' is the %s as well",
                          files[index], file, files[other]);
    }
    for (size_t pool = 0; pool < config->pool_count; pool++) {
        const struct pool_config *taken = &config->pools[pool];

        if (has_address(config, pool) && taken->mode == MODE_UNIX && taken->path != NULL &&
            strcmp(file, taken->path) == 0)
            config_refuse(errors, place_of_file(config, index),
                          "%s '%.255s' is the path of pool '%s' as well", files[index], file,
                          taken->name);
    }
}

/* Pools with an address, by a hash of what two that overlap have in common. */
struct chains {
    size_t *first; /* of each chain; NO_POOL: it is empty */
    size_t *next;  /* of each pool, a later one in its chain */
    size_t count;  /* of chains, and of pools */
};

#define NO_POOL SIZE_MAX

/* Return a hash of a unix address; the port of an inet one: addresses of one port may overlap. */
static size_t hash(const struct endpoint *endpoint)
{
    return endpoint_is_unix(endpoint) ? text_hash(&endpoint->address, endpoint->length)
                                      : endpoint_port(endpoint);
}

static size_t *chain_of(const struct chains *chains, const struct config *config, size_t pool)
{
    return &chains->first[hash(&config->pools[pool].endpoint) % chains->count];
}

static struct chains make_chains(const struct config *config)
{
    struct chains chains = {.count = config->pool_count};

    chains.first = calloc(chains.count + 1, sizeof(size_t)); /* not 0 bytes */
    chains.next = calloc(chains.count + 1, sizeof(size_t));
    if (chains.first == NULL || chains.next == NULL)
        config_no_memory();
    for (size_t i = 0; i < chains.count; i++)
        chains.first[i] = NO_POOL;
    for (size_t pool = chains.count; pool-- > 0;) {
        size_t *first;

        if (!has_address(config, pool))
            continue;
        first = chain_of(&chains, config, pool);
        chains.next[pool] = *first;
        *first = pool;
    }
    return chains;
}

/* Compare each pool with the earlier ones of its chain, in the order of the configuration. Not with
 * all: 40,000 took 7 s. */
static void check_pools(const struct config *config, struct config_errors *errors)
{
    struct chains chains = make_chains(config);

    for (size_t second = 0; second < config->pool_count; second++) {
        if (!has_address(config, second))
            continue;
        for (size_t first = *chain_of(&chains, config, second); first < second;
             first = chains.next[first]) {
            if (endpoint_overlaps(&config->pools[first].endpoint, &config->pools[second].endpoint))
                refuse_pools(config, first, second, errors);
        }
    }
    free(chains.first);
    free(chains.next);
}

void config_check_collisions(const struct config *config, struct config_errors *errors)
{
    check_pools(config, errors);
    for (size_t index = 0; index < FILES; index++)
        check_file(config, index, errors);
}
