/*
 * source_lines: the sources of a pool's connections, from lines of which several may speak of one.
 */
#ifndef PREFORKD_CLIENT_CONTROL_SOURCE_LINES_H
#define PREFORKD_CLIENT_CONTROL_SOURCE_LINES_H

#include "client/control/snapshot.h"

/* Add the line VALUE, `CONNECTIONS REFUSED SOURCE`, to POOL. It is changed. Returns 0, or -1 with
 * errno. A line of another form is ignored. */
int source_lines_add(struct snapshot_pool *pool, char *value);

/* Add up what was added to POOL, so that each source is there once, the busiest first: that with
 * the most connections, and of equal ones that with the most refusals. */
void source_lines_merge(struct snapshot_pool *pool);

#endif
