/*
 * reap: what waitpid(2) tells of the workers: ends, stops and continuations.
 */
#ifndef PREFORKD_SERVER_POOL_REAP_H
#define PREFORKD_SERVER_POOL_REAP_H

#include "server/master/master.h"

/* Take note of every child that has changed at NOW_NS. Children that the master does not know are
 * reaped too: as process 1 it inherits orphans. */
void children_reap(struct master *master, int64_t now_ns);

#endif
