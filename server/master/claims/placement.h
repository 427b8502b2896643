/*
 * placement: the listener of each pool of a configuration. A listener that exists is shared where
 * it is the pool's own, by its address or its name; for the others one is opened.
 */
#ifndef PREFORKD_SERVER_MASTER_CLAIMS_PLACEMENT_H
#define PREFORKD_SERVER_MASTER_CLAIMS_PLACEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "common/config/config.h"
#include "common/failure.h"
#include "server/master/claims/holders.h"
#include "server/net/listener.h"

/* A zeroed struct is of no configuration. */
struct placement {
    struct holdings holdings;
    const struct config *config;
    struct listener **there;  /* of each pool of CONFIG: the one that exists; NULL: there is none */
    struct listener **opened; /* and, by placement_open_next(), the one that it gets */
    size_t next;              /* what placement_open_next() looks at */
    size_t taken;             /* how many were taken */
};

/* Find the listeners of HOLDINGS at which the pools of CONFIG listen. Fails
 * where two pools would have one listener, or where another listener, which stays, keeps a new one
 * from being bound. placement_free() has to follow in either case. */
MAY_FAIL placement_find(struct placement *placement, struct holdings holdings,
                        const struct config *config, struct failure *failure);

/* Have FAILURE, of the pool at INDEX, name the key that says where it listens. Returns that it
 * failed. */
MAY_FAIL placement_name_place(const struct placement *placement, size_t index,
                              struct failure *failure);

/* Open one that is missing, or share one. An address in use is retried for PATIENCE_NS.
 * HAS_ALL is set where nothing was left to do. */
MAY_FAIL placement_open_next(struct placement *placement, int64_t patience_ns, bool *has_all,
                             struct failure *failure);

/* Return the listener of the next pool, which has one user for it; PLACEMENT no longer has it. */
struct listener *placement_take(struct placement *placement);

/* Drop the listeners that were not taken, and free PLACEMENT's memory. */
void placement_free(struct placement *placement);

/* Return whether a pool of PLACEMENT goes on with LISTENER. */
bool placement_keeps(const struct placement *placement, const struct listener *listener);

#endif
