/*
 * recycle: replaces the workers that have served their number (max_connections_per_worker).
 */
#ifndef PREFORKD_SERVER_POOL_RECYCLE_H
#define PREFORKD_SERVER_POOL_RECYCLE_H

#include "server/pool/pool.h"

/* Take note of which of POOL's workers say that they are spent, so that successors are forked; and
 * retire those whose successors accept. */
void scaling_recycle(struct pool *pool);

#endif
