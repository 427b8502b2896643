/*
 * children: forks the workers that a pool is short of, and notes which of them accept.
 */
#ifndef PREFORKD_SERVER_POOL_CHILDREN_H
#define PREFORKD_SERVER_POOL_CHILDREN_H

#include "server/master/master.h"

/* Fork what POOL is short of, some at a time, unless it has to wait. When to call again:
 * NOW_NS when there is more to fork, WATCHDOG_NEVER when there is not. */
int64_t children_spawn(struct master *master, struct pool *pool, int64_t now_ns);

/* Note which of POOL's workers have begun to accept, and say so once all have. */
void children_note_ready(struct master *master, struct pool *pool);

/* Write the newline that --ready-fd asks for, once all pools in force have accepted. */
void children_tell_ready(struct master *master);

#endif
