/*
 * scaling: how many workers a pool has. A pool of MIN..MAX grows at once, when a worker finds that
 * too few are idle and asks for more, and shrinks when idle workers have not been needed for a
 * while; one of 0..N to none, until a client connects. In any pool a worker that has served
 * max_connections_per_worker is replaced, and the operator may set another number.
 */
#ifndef PREFORKD_SERVER_POOL_SCALING_H
#define PREFORKD_SERVER_POOL_SCALING_H

#include "server/pool/pool.h"

/* Set POOL's target and retire the workers beyond it. Returns when it has to be called again;
 * NEVER_NS: when a worker asks, which wakes the master. */
int64_t scaling_continue(struct pool *pool, int64_t now_ns);

/* Have WORKERS, a number in pool_worker_range, until the next reload: at least so many in a pool
 * that scales by itself, else exactly so many. Workers beyond that leave after their active
 * connection, the idle ones first. */
void scaling_set(struct pool *pool, int64_t workers);

/* Record which of POOL's workers ask to be replaced, so that successors are forked, and retire
 * those whose successors accept. */
void scaling_replace_spent(struct pool *pool);

#endif
