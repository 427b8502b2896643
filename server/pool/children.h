/*
 * children: a pool's processes from the master's side: forked where they are missing, ready when
 * they accept. How they end is in ends.h.
 */
#ifndef PREFORKD_SERVER_POOL_CHILDREN_H
#define PREFORKD_SERVER_POOL_CHILDREN_H

#include <stdint.h>

#include "server/pool/pool.h"

/* Fork the workers that POOL is short of, unless a backoff holds; as many as can be forked until
 * UNTIL_NS, by clock_now_ns(), but at least one. Returns when it has to be called again: NOW_NS
 * where more are to be forked, NEVER_NS where none are. */
int64_t children_spawn(struct pool *pool, int64_t now_ns, int64_t until_ns);

/* Record which of POOL's workers have begun to accept. Log the ready line once all have. */
void children_note_ready(struct pool *pool);

#endif
