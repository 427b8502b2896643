/*
 * scale: the operator's word on how many workers there are to be, until the next reload.
 */
#ifndef PREFORKD_SERVER_POOL_SCALE_H
#define PREFORKD_SERVER_POOL_SCALE_H

#include "server/pool/pool.h"

/* Have WORKERS, in pool_worker_range, in POOL: of a pool that grows at least so many, of any
 * other just so many. Who is too many leaves after the caller in hand, the idle ones first. */
void scaling_set(struct pool *pool, int64_t workers);

#endif
