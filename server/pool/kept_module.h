/*
 * kept_module: the file that a pool's workers load as their module, for as long as the pool lives.
 */
#ifndef PREFORKD_SERVER_POOL_KEPT_MODULE_H
#define PREFORKD_SERVER_POOL_KEPT_MODULE_H

#include "server/pool/pool.h"

/* Keep the file of POOL's module as it is now, if POOL has one, in its module_fd: a worker that
 * starts later is to load that one, even if another one, which a reload has yet to try, is at its
 * path by then. A file that cannot be kept is logged: then each worker loads what is there. */
void kept_module_open(struct pool *pool);

#endif
