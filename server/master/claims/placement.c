/*
 * placement: see placement.h.
 */
#include "server/master/claims/placement.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "server/net/listener_match.h"
#include "server/net/listener_open.h"
#include "server/net/listener_watch.h"
#include "server/service/service.h"

MAY_FAIL placement_name_place(const struct placement *placement, size_t index,
                              struct failure *failure)
{
    bool is_unix = placement->config->pools[index].mode == MODE_UNIX;

    return config_name_place(placement->config, index, is_unix ? "path" : "port", failure);
}

/* Fill OTHERS, where it is not NULL, with the open listeners that overlap with CONFIG's inet
 * address, other than those of PLACEMENT's own pools. Returns how many there are. */
static size_t find_others(const struct placement *placement, const struct pool_config *config,
                          struct listener **others)
{
    struct holders holders = holders_begin(&placement->holdings);
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

/* Share LISTENER, which blocks where the programs of CONFIG need that: no other process uses it, or
 * it does already. */
static MAY_FAIL share(struct listener *listener, const struct pool_config *config,
                      bool client_speaks_first, struct listener **opened, struct failure *failure)
{
    warn_of_family(listener, config);
    if (listener->blocks != config->listener_blocks && listener_is_reachable(listener)) {
        listener->blocks = config->listener_blocks;
        listener_restore_blocking(listener, config->name);
    }
    return listener_share(listener, config, client_speaks_first, opened, failure);
}

static MAY_FAIL open_one(struct placement *placement, size_t index, enum rank rank,
                         int64_t patience_ns, struct failure *failure)
{
    const struct pool_config *config = &placement->config->pools[index];
    bool client_speaks_first = service_lets_client_speak_first(config);
    struct listener **opened = &placement->opened[index];

    if (rank == RANK_SHARED)
        return share(placement->there[index], config, client_speaks_first, opened, failure);
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
                       ? placement_name_place(placement, index, failure)
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
