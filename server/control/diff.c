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

/* Print that a number set by the command `scale` ends with the reload. */
static void print_scale(const struct pool *pool, const struct pool_config *new, FILE *out)
{
    const struct number_range *now = &pool->workers, *said = &pool->config->workers;

    if (now->min != said->min || now->max != said->max)
        fprintf(out, "pool %s: scaled to %lld, which is over then\n", new->name,
                (long long)now->min);
}

/* Print what differs, then what becomes of the socket and the workers. */
static void print_pool(const struct master *master, const struct pool_config *new, FILE *out)
{
    const struct pool *old = master_find_pool(master, new->name);
    const struct listener *listener = generations_find_listener(master, new);

    if (old != NULL) {
        config_diff_pool(old->config, new, out);
        print_scale(old, new, out);
    }
    fprintf(out, "pool %s: %s, ", new->name, old == NULL ? "new" : "gets new workers");
    print_endpoint(listener == NULL ? &new->endpoint : &listener->endpoint, out);
    fputs(listener == NULL ? " is opened\n" : " stays open\n", out);
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

/* Print which listeners are closed, because their pool goes or moves. */
static void print_gone(const struct master *master, const struct config *config, FILE *out)
{
    for_each_pool_in_force (old, master) {
        if (is_kept(master, config, old->listener))
            continue;
        fprintf(out, "pool %s: %s, ", old->config->name,
                config_pool(config, old->config->name) == NULL ? "goes" : "moves");
        print_endpoint(&old->listener->endpoint, out);
        fputs(" is drained\n", out);
    }
}

static void print(const struct master *master, const struct config *config, FILE *out)
{
    config_diff_master(master->config, config, out);
    for (size_t i = 0; i < config->pool_count; i++)
        print_pool(master, &config->pools[i], out);
    print_gone(master, config, out);
}

char *diff_print(const struct master *master, char **why)
{
    struct config *config = reload_read(master, why);
    char *text = NULL;
    size_t size;
    FILE *out;

    if (config == NULL)
        return NULL;
    out = open_memstream(&text, &size);
    if (out != NULL) {
        print(master, config, out);
        fclose(out);
    }
    config_free(config);
    if (text == NULL)
        *why = strdup("no memory for it");
    return text;
}
