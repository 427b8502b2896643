/*
 * placement_find: which listener that exists each pool of a configuration goes on with, and what
 * keeps a pool from having one: another pool with the same one, one that is in the way, or one that
 * would have to change for all that share it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/master/claims/placement.h"
#include "server/net/listener_match.h"
#include "server/net/listener_watch.h"

/* Return whether HOLDER's pool is retiring and has the lock of the path where CONFIG's listens. */
static bool holds_lock(const struct holder *holder, const struct pool_config *config)
{
    return holder->retires && endpoint_path(&config->endpoint) != NULL &&
           holder->listener->file.lock_fd >= 0 &&
           endpoint_equal(&holder->listener->endpoint, &config->endpoint);
}

/* Return the listener that CONFIG's pool goes on with, or whose lock it shares; or NULL. The
 * address decides, then the name. */
static struct listener *find(const struct placement *placement, const struct pool_config *config)
{
    struct holders holders = holders_begin(&placement->holdings);
    struct listener *by_name = NULL, *former = NULL;
    struct holder holder;

    while (holders_next(&holders, &holder)) {
        if (holds_lock(&holder, config))
            former = holder.listener;
        if (holder.retires)
            continue;
        if (listener_is_at(holder.listener, config))
            return holder.listener;
        if (by_name == NULL && listener_is_for(holder.listener, holder.pool, config))
            by_name = holder.listener;
    }
    return by_name != NULL ? by_name : former;
}

/* Return the pool before the one at INDEX that has the same listener, or NULL. */
static const struct pool_config *find_rival(const struct placement *placement, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (placement->there[i] != NULL && placement->there[i] == placement->there[index])
            return &placement->config->pools[i];
    }
    return NULL;
}

static MAY_FAIL check_alone(const struct placement *placement, size_t index,
                            struct failure *failure)
{
    const struct pool_config *rival = find_rival(placement, index);
    const struct listener *listener = placement->there[index];
    char name[ENDPOINT_TEXT_SIZE];

    if (rival == NULL)
        return NULL;
    endpoint_print(&listener->endpoint, name);
    return fail(failure, STATUS_CONFIG, "%s is the socket of pool '%s' as well, by its %s%s", name,
                rival->name, listener_is_at(listener, rival) ? "address" : "name",
                listener->handed_in ? ": the service manager hands it in once" : "");
}

/* Say in FAILURE why CONFIG's pool cannot listen where HOLDER does. Returns that it failed. */
static MAY_FAIL refuse(const struct placement *placement, const struct pool_config *config,
                       const struct holder *holder, struct failure *failure)
{
    const struct listener *listener = holder->listener;
    char wanted[ENDPOINT_TEXT_SIZE], name[ENDPOINT_TEXT_SIZE];

    endpoint_print(&config->endpoint, wanted);
    endpoint_print(&listener->endpoint, name);
    if (endpoint_is_unix(&listener->endpoint))
        return fail(failure, STATUS_UNAVAILABLE,
                    "%s has another type in this master, pool '%s': a type changes by a restart",
                    wanted, holder->pool);
    if (placement_keeps(placement, listener))
        return fail(failure, STATUS_UNAVAILABLE, "%s is in use: pool '%s' listens on %s", wanted,
                    holder->pool, name);
    return fail(failure, STATUS_UNAVAILABLE,
                "%s is in use: the service manager has handed in %s, as '%s', and keeps it open",
                wanted, name, listener->name == NULL ? "" : listener->name);
}

/* Return whether HOLDER keeps CONFIG's pool from having a listener of its own. One of an inet
 * address that is about to be closed does not. */
static bool is_in_the_way(const struct placement *placement, const struct holder *holder,
                          const struct pool_config *config)
{
    const struct listener *listener = holder->listener;

    if (!endpoint_overlaps(&listener->endpoint, &config->endpoint))
        return false;
    return endpoint_is_unix(&listener->endpoint)
               ? !holder->retires
               : listener->handed_in || placement_keeps(placement, listener);
}

static MAY_FAIL check_free(const struct placement *placement, size_t index, struct failure *failure)
{
    const struct pool_config *config = &placement->config->pools[index];
    struct holders holders = holders_begin(&placement->holdings);
    struct holder holder;

    if (placement->there[index] != NULL)
        return NULL;
    while (holders_next(&holders, &holder)) {
        if (is_in_the_way(placement, &holder, config))
            return refuse(placement, config, &holder, failure);
    }
    return NULL;
}

/* Return whether another pool, or a predecessor, goes on with LISTENER. */
static bool is_in_use(const struct placement *placement, const struct listener *listener)
{
    struct holders holders = holders_begin(&placement->holdings);
    struct holder holder;

    while (holders_next(&holders, &holder)) {
        if (holder.listener == listener && (holder.config != NULL || listener->shared))
            return true;
    }
    return false;
}

/* Whether a listener is blocking belongs to the open file description, which the programs of both
 * pools would share. One that is not in use yet, as a service manager handed it in, can become what
 * the pool at INDEX needs. */
static MAY_FAIL check_blocking(const struct placement *placement, size_t index,
                               struct failure *failure)
{
    const struct pool_config *config = &placement->config->pools[index];
    const struct listener *listener = placement->there[index];
    char name[ENDPOINT_TEXT_SIZE];

    if (listener == NULL || listener->blocks == config->listener_blocks ||
        !listener_is_reachable(listener) || !is_in_use(placement, listener))
        return NULL;
    endpoint_print(&listener->endpoint, name);
    return fail(
        failure, STATUS_UNAVAILABLE,
        "%s is %sblocking for all processes that have it, earlier ones included: that changes by a "
        "restart",
        name, listener->blocks ? "" : "non-");
}

MAY_FAIL placement_find(struct placement *placement, struct holdings holdings,
                        const struct config *config, struct failure *failure)
{
    *placement = (struct placement){.holdings = holdings, .config = config};
    placement->there = calloc(config->pool_count, sizeof(struct listener *));
    placement->opened = calloc(config->pool_count, sizeof(struct listener *));
    if (placement->there == NULL || placement->opened == NULL)
        return fail(failure, STATUS_SYSTEM, "no memory for its listener: %s", strerror(errno));
    for (size_t i = 0; i < config->pool_count; i++) {
        placement->there[i] = find(placement, &config->pools[i]);
        if (placement->there[i] != NULL)
            listener_hold(placement->there[i]); /* its pool may end before that is shared */
        if (check_alone(placement, i, failure) != NULL)
            return placement_name_place(placement, i, failure);
    }
    for (size_t i = 0; i < config->pool_count; i++) {
        if (check_free(placement, i, failure) != NULL)
            return placement_name_place(placement, i, failure);
        if (check_blocking(placement, i, failure) != NULL)
            return config_name_place(config, i, "nonblocking", failure);
    }
    return NULL;
}
