/*
 * placement: see placement.h.
 */
#include "server/master/claims/placement.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "server/master/master.h"
#include "server/net/listener_match.h"
#include "server/net/listener_open.h"
#include "server/net/listener_watch.h"
#include "server/service/service.h"

/* Return whether HOLDER's pool is retiring and has the lock of the path where CONFIG's listens. */
static bool holds_lock(const struct holder *holder, const struct pool_config *config)
{
    return holder->retires && endpoint_path(&config->endpoint) != NULL &&
           holder->listener->file.lock_fd >= 0 &&
           endpoint_equal(&holder->listener->endpoint, &config->endpoint);
}

/* Return the listener that CONFIG's pool goes on with, or whose lock it shares; or NULL. The
 * address decides, then the name. */
static struct listener *find(const struct master *master, const struct pool_config *config)
{
    struct holders holders = holders_all(master);
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
    struct holders holders = holders_all(placement->master);
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
    struct holders holders = holders_all(placement->master);
    struct holder holder;

    while (holders_next(&holders, &holder)) {
        if (holder.listener == listener && (holder.config != NULL || listener->shared))
            return true;
    }
    return false;
}

/* Whether a listener is blocking belongs to the open file description, which the programs of both
 * pools would share. One that is not in use yet, as a service manager handed it in, becomes what
 * the pool at INDEX needs. */
static MAY_FAIL check_blocking(const struct placement *placement, size_t index,
                               struct failure *failure)
{
    const struct pool_config *config = &placement->config->pools[index];
    struct listener *listener = placement->there[index];
    char name[ENDPOINT_TEXT_SIZE];

    if (listener == NULL || listener->blocks == config->listener_blocks ||
        !listener_is_reachable(listener))
        return NULL;
    if (!is_in_use(placement, listener)) {
        listener->blocks = config->listener_blocks;
        listener_restore_blocking(listener, config->name);
        return NULL;
    }
    endpoint_print(&listener->endpoint, name);
    return fail(
        failure, STATUS_UNAVAILABLE,
        "%s is %sblocking for all processes that have it, earlier ones included: that changes by a "
        "restart",
        name, listener->blocks ? "" : "non-");
}

/* Have FAILURE, of the pool at INDEX, name the key that says where it listens. Returns that it
 * failed. */
static MAY_FAIL name_place(const struct placement *placement, size_t index, struct failure *failure)
{
    bool is_unix = placement->config->pools[index].mode == MODE_UNIX;

    return config_name_place(placement->config, index, is_unix ? "path" : "port", failure);
}

MAY_FAIL placement_find(struct placement *placement, const struct master *master,
                        const struct config *config, struct failure *failure)
{
    *placement = (struct placement){.master = master, .config = config};
    placement->there = calloc(config->pool_count, sizeof(struct listener *));
    placement->opened = calloc(config->pool_count, sizeof(struct listener *));
    if (placement->there == NULL || placement->opened == NULL)
        return fail(failure, STATUS_SYSTEM, "no memory for its listener: %s", strerror(errno));
    for (size_t i = 0; i < config->pool_count; i++) {
        placement->there[i] = find(master, &config->pools[i]);
        if (placement->there[i] != NULL)
            listener_hold(placement->there[i]); /* its pool may end before that is shared */
        if (check_alone(placement, i, failure) != NULL)
            return name_place(placement, i, failure);
    }
    for (size_t i = 0; i < config->pool_count; i++) {
        if (check_free(placement, i, failure) != NULL)
            return name_place(placement, i, failure);
        if (check_blocking(placement, i, failure) != NULL)
            return config_name_place(config, i, "nonblocking", failure);
    }
    return NULL;
}

/* Fill OTHERS, where it is not NULL, with the open listeners that overlap with CONFIG's inet
 * address, other than those of PLACEMENT's own pools. Returns how many there are. */
static size_t find_others(const struct placement *placement, const struct pool_config *config,
                          struct listener **others)
{
    struct holders holders = holders_all(placement->master);
    struct holder holder;
    size_t count = 0;

    while (holders_next(&holders, &holder)) {
        if (config->mode == MODE_UNIX || holder.listener->fd < 0 ||
            holder.config == placement->config ||
            !endpoint_overlaps(&holder.listener->endpoint, &config->endpoint))
            continue;
        if (others != NULL)
            others[count] = holder.listener;
        count++;
    }
    return count;
}

static MAY_FAIL open_beside(const struct placement *placement, size_t index,
                            bool client_speaks_first, struct listener **opened,
                            struct failure *failure)
{
    const struct pool_config *config = &placement->config->pools[index];
    size_t count = find_others(placement, config, NULL);
    struct listener **others = calloc(count + 1, sizeof(struct listener *));
    const struct failed *failed;

    if (others == NULL)
        return fail(failure, STATUS_SYSTEM, "no memory for its listener: %s", strerror(errno));
    find_others(placement, config, others);
    failed = listener_open_beside(config, client_speaks_first, others, count, opened, failure);
    free(others);
    return failed;
}

/* In which order listeners are obtained. The kernel chooses a port when all others are bound. What
 * gets clients at once, as it lies beside a listener in use, comes when nothing else can fail. */
enum rank { RANK_SHARED, RANK_NEW, RANK_ANY_PORT, RANK_BESIDE, RANKS };

static enum rank rank_of(const struct placement *placement, size_t index)
{
    const struct pool_config *config = &placement->config->pools[index];

    if (placement->there[index] != NULL)
        return RANK_SHARED;
    if (find_others(placement, config, NULL) > 0)
        return RANK_BESIDE;
    return config->mode == MODE_INET && config->port == 0 ? RANK_ANY_PORT : RANK_NEW;
}

/* Log a warning where LISTENER, which a service manager opened, has other clients than CONFIG
 * says. */
static void warn_of_family(const struct listener *listener, const struct pool_config *config)
{
    bool is_dual = listener->endpoint.wildcard;

    if (!listener->handed_in || !listener_is_at(listener, config) ||
        is_dual == config->endpoint.wildcard)
        return;
    warnx("pool %s: the socket that was handed in accepts %s, and address is %s", config->name,
          is_dual ? "IPv4 clients as well" : "IPv6 clients alone", config->address);
}

static MAY_FAIL open_one(struct placement *placement, size_t index, enum rank rank,
                         int64_t patience_ns, struct failure *failure)
{
    const struct pool_config *config = &placement->config->pools[index];
    bool client_speaks_first = service_find(config->service)->client_speaks_first;
    struct listener **opened = &placement->opened[index];

    if (rank == RANK_SHARED)
        warn_of_family(placement->there[index], config);
    if (rank == RANK_SHARED)
        return listener_share(placement->there[index], config, client_speaks_first, opened,
                              failure);
    if (rank == RANK_BESIDE)
        return open_beside(placement, index, client_speaks_first, opened, failure);
    return listener_open(config, client_speaks_first, patience_ns, opened, failure);
}

/* All pools are looked at once for each rank. */
MAY_FAIL placement_open_next(struct placement *placement, int64_t patience_ns, bool *has_all,
                             struct failure *failure)
{
    size_t count = placement->config->pool_count;

    *has_all = false;
    while (placement->next < count * RANKS) {
        enum rank rank = (enum rank)(placement->next / count);
        size_t index = placement->next++ % count;

        if (placement->opened[index] == NULL && rank_of(placement, index) == rank)
            return open_one(placement, index, rank, patience_ns, failure) != NULL
                       ? name_place(placement, index, failure)
                       : NULL;
    }
    *has_all = true;
    return NULL;
}

struct listener *placement_take(struct placement *placement)
{
    struct listener *listener = placement->opened[placement->taken];

    placement->opened[placement->taken++] = NULL;
    return listener;
}

/* Drop those of the COUNT LISTENERS that are there, and free the array, which may be NULL. */
static void drop_all(struct listener **listeners, size_t count)
{
    for (size_t i = 0; i < count && listeners != NULL; i++) {
        if (listeners[i] != NULL)
            listener_drop(listeners[i]);
    }
    free(listeners);
}

void placement_free(struct placement *placement)
{
    size_t count = placement->config == NULL ? 0 : placement->config->pool_count;

    drop_all(placement->there, count);
    drop_all(placement->opened, count);
    *placement = (struct placement){.config = NULL};
}

bool placement_keeps(const struct placement *placement, const struct listener *listener)
{
    for (size_t i = 0; i < placement->config->pool_count; i++) {
        if (placement->there[i] == listener)
            return true;
    }
    return false;
}
