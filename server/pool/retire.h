/*
 * retire: the end of a pool, in a stop or after a reload. What was queued at a listener that goes
 * is served first; a listener that another pool keeps is left to that one.
 */
#ifndef PREFORKD_SERVER_POOL_RETIRE_H
#define PREFORKD_SERVER_POOL_RETIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "server/pool/pool.h"

/* Begin to retire POOL at NOW_NS. Active connections have TIMEOUT_NS (NUMBER_UNLIMITED: no
 * limit). */
void retire_begin(struct pool *pool, int64_t timeout_ns, int64_t now_ns);

/* The time for active connections is TIMEOUT_NS from now on, for those of a stop that has begun as
 * well, and where the master dies. */
void retire_set_timeout(struct pool *pool, int64_t timeout_ns);

/* Close POOL's listener, and have the workers close theirs: from now on clients are refused,
 * however long the active connections take. */
void retire_close_listener(struct pool *pool);

/* Kill POOL's workers. Where they run programs, have them end these first. */
void retire_fast(struct pool *pool);

/* Kill POOL's workers now, if a fast stop has not yet. */
void retire_kill(struct pool *pool);

/* Go on with a pool that is retiring. Returns when to call again at the latest. */
int64_t retire_continue(struct pool *pool, int64_t now_ns);

/* Returns whether POOL has retired. */
bool retire_is_done(const struct pool *pool);

#endif
