/*
 * diff: see diff.h.
 */
#include "server/control/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/diff.h"
#include "server/master/claims/placement.h"
#include "server/master/master.h"
#include "server/net/listener_watch.h"

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
static bool print_pool(const struct master *master, const struct placement *placement, size_t index,
                       FILE *out)
{
    const struct pool_config *new = &placement->config->pools[index];
    const struct pool *old = master_find_pool(master, new->name);
    const struct listener *listener = placement->there[index];
    bool stays = listener != NULL && listener_is_reachable(listener);
    bool differs = old == NULL || !stays;

    if (old != NULL) {
        differs |= config_diff_pool(old->config, new, out);
        differs |= print_scale(old, new, out);
    }
    fprintf(out, "pool %s: %s, ", new->name, old == NULL ? "new" : "gets new workers");
    print_endpoint(stays ? &listener->endpoint : &new->endpoint, out);
    fputs(stays ? " stays open\n" : " is opened\n", out);
    return differs;
}

/* Print which listeners are closed, because their pool goes or moves. Returns whether there are
 * any. A stop that began while the file was read may have left a pool without one. */
static bool print_gone(const struct master *master, const struct placement *placement, FILE *out)
{
    const struct config *config = placement->config;
    bool differs = false;

    for_each_pool_in_force (old, master) {
        if (old->listener == NULL || placement_keeps(placement, old->listener))
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
static bool print(const struct master *master, const struct placement *placement, FILE *out)
{
    bool differs = config_diff_master(master->config, placement->config, out);

    for (size_t i = 0; i < placement->config->pool_count; i++)
        differs |= print_pool(master, placement, i, out);
    return print_gone(master, placement, out) || differs;
}

char *diff_print(const struct master *master, const struct config *config, char **why)
{
    struct placement placement;
    struct failure failure = FAILURE_UNSAID;
    bool differs = false;
    char *text = NULL;
    size_t size;
    FILE *out = NULL;

    if (placement_find(&placement, master_holdings(master), config, &failure) != NULL)
        *why = strdup(failure.message);
    else
        out = open_memstream(&text, &size);
    if (out != NULL) {
        differs = print(master, &placement, out);
        if (fclose(out) != 0) {
            free(text);
            text = NULL;
        }
    }
    placement_free(&placement);
    if (text != NULL && !differs)
        text[0] = '\0'; /* it says only that each pool gets new workers, as in any reload */
    return text;
}
