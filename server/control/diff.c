/*
 * diff: see diff.h.
 */
#include "server/control/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/diff.h"
#include "server/master/generations.h"
#include "server/master/master.h"

static void print_endpoint(const struct endpoint *endpoint, FILE *out)
{
    char text[ENDPOINT_TEXT_SIZE];

    endpoint_print(endpoint, text);
    fputs(text, out);
}

/* Print that a number set by the command `scale` ends with the reload, where there is one. Returns
 * whether there is. */
static bool print_scale(const struct pool *pool, const struct pool_config *new, FILE *out)
{
    const struct number_range *now = &pool->workers, *said = &pool->config->workers;

    if (now->min == said->min && now->max == said->max)
        return false;
    fprintf(out, "pool %s: scaled to %lld, which is over then\n", new->name, (long long)now->min);
    return true;
}

/* Print what differs, then what becomes of the socket and the workers. Returns whether anything
 * differs. */
static bool print_pool(const struct master *master, const struct pool_config *new, FILE *out)
{
    const struct pool *old = master_find_pool(master, new->name);
    const struct listener *listener = generations_find_listener(master, new);
    bool differs = old == NULL || listener == NULL;

    if (old != NULL) {
        differs |= config_diff_pool(old->config, new, out);
        differs |= print_scale(old, new, out);
    }
    fprintf(out, "pool %s: %s, ", new->name, old == NULL ? "new" : "gets new workers");
    print_endpoint(listener == NULL ? &new->endpoint : &listener->endpoint, out);
    fputs(listener == NULL ? " is opened\n" : " stays open\n", out);
    return differs;
}

/* Returns whether a pool of CONFIG would go on with LISTENER. */
static bool is_kept(const struct master *master, const struct config *config,
                    const struct listener *listener)
{
    for (size_t i = 0; i < config->pool_count; i++) {
        if (generations_find_listener(master, &config->pools[i]) == listener)
            return true;
    }
    return false;
}

/* Print which listeners are closed, because their pool goes or moves. Returns whether there are
 * any. */
static bool print_gone(const struct master *master, const struct config *config, FILE *out)
{
    bool differs = false;

    for_each_pool_in_force (old, master) {
        if (is_kept(master, config, old->listener))
            continue;
        fprintf(out, "pool %s: %s, ", old->config->name,
                config_pool(config, old->config->name) == NULL ? "goes" : "moves");
        print_endpoint(&old->listener->endpoint, out);
        fputs(" is drained\n", out);
        differs = true;
    }
    return differs;
}

/* Returns whether anything differs. */
static bool print(const struct master *master, const struct config *config, FILE *out)
{
    bool differs = config_diff_master(master->config, config, out);

    for (size_t i = 0; i < config->pool_count; i++)
        differs |= print_pool(master, &config->pools[i], out);
    return print_gone(master, config, out) || differs;
}

char *diff_print(const struct master *master, const struct config *config)
{
    char *text = NULL;
    bool differs = false;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    differs = print(master, config, out);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    if (!differs)
        text[0] = '\0'; /* it says only that each pool gets new workers, as in any reload */
    return text;
}
