/*
 * spawn: forks the workers that a pool is short of, and notes which of them accept.
 */
#ifndef PREFORKD_SERVER_POOL_CHILDREN_H
#define PREFORKD_SERVER_POOL_CHILDREN_H

#include "server/master/master.h"

/* Fork what STATION is short of, some at a time, unless it has to wait. When to call again:
 * NOW_NS when there is more to fork, WATCHDOG_NEVER when there is not. */
int64_t spawn_missing(struct master *master, struct station *station, int64_t now_ns);

/* Note which of STATION's workers have begun to accept, and say so once all have. */
void spawn_note_ready(struct master *master, struct station *station);

/* Write the newline that --ready-fd asks for, once all pools in force have accepted. */
void spawn_tell_ready(struct master *master);

#endif
