/*
 * holders: the listeners that exist, and whose they are: of pools, retiring ones included, and
 * those that existed before this master and that no pool has taken yet.
 */
#ifndef PREFORKD_SERVER_MASTER_CLAIMS_HOLDERS_H
#define PREFORKD_SERVER_MASTER_CLAIMS_HOLDERS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config/config.h"
#include "server/net/inherited.h"
#include "server/pool/pool.h"

/* Where a master has them. Pools come and go between two iterations: it points to what changes. */
struct holdings {
    struct pool *const *pools;  /* the first one */
    const uint64_t *generation; /* in force */
    struct inherited *const *inherited;
};

/* A listener that exists, and the pool that it belongs to. */
struct holder {
    struct listener *listener;
    const char *pool;
    const struct config *config; /* of that pool; NULL: of another master */
    bool retires;                /* its pool is not in force */
};

/* How far an iteration is. */
struct holders {
    const struct holdings *all;
    const struct pool *pool;
    size_t inherited;
};

/* Begin an iteration over ALL: pools first. */
struct holders holders_begin(const struct holdings *all);

/* Fill HOLDER with the next one. Returns whether there was one. */
bool holders_next(struct holders *holders, struct holder *holder);

#endif
