/*
 * scaling: how many workers a pool of MIN..MAX should have. It grows at once, when a worker finds that
 * it leaves too few idle and asks, and shrinks when idle ones have not been needed for a while.
 */
#ifndef PREFORKD_SERVER_POOL_SCALING_H
#define PREFORKD_SERVER_POOL_SCALING_H

#include "server/pool/pool.h"

/* Set POOL's target and tell those beyond it to leave. When to come again; WATCHDOG_NEVER: once a
 * worker asks, which wakes the master. */
int64_t scaling_judge(struct pool *pool, int64_t now_ns);

#endif
