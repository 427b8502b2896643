/*
 * upkeep: what a pool needs at each turn of the event loop.
 */
#ifndef PREFORKD_SERVER_POOL_UPKEEP_H
#define PREFORKD_SERVER_POOL_UPKEEP_H

#include <stdint.h>

#include "server/pool/pool.h"

/* Do what is due at NOW_NS but the forks: adjust the number of workers, judge their deadlines.
 * Returns when it has to be called again at the latest. */
int64_t upkeep_continue(struct pool *pool, int64_t now_ns);

/* Do what a worker of the pool CONTEXT may have woken the master for: it accepts, it wants to be
 * replaced, or it is the first that is busy. */
void upkeep_on_wakeup(void *context, uint32_t events);

#endif
