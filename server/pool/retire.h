/*
 * retire: the end of a pool, in a stop or after a reload. Whoever was queued at a listener that
 * goes is served; a listener that another pool keeps is left to it.
 */
#ifndef PREFORKD_SERVER_POOL_RETIRE_H
#define PREFORKD_SERVER_POOL_RETIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "server/pool/pool.h"

/* Begin, at NOW_NS; what is in hand has TIMEOUT_NS (NUMBER_UNLIMITED: as long as it takes). */
void retire_begin(struct pool *pool, int64_t timeout_ns, int64_t now_ns);

/* The workers of POOL get no more time. */
void retire_fast(struct pool *pool);

/* Go on with a pool that is retiring: when there will be more to do. */
int64_t retire_continue(struct pool *pool, int64_t now_ns);

/* Whether POOL has retired. */
bool retire_is_done(const struct pool *pool);

#endif
