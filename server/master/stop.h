/*
 * stop: the end of the pools, without losing who was queued (graceful) or at once (fast).
 */
#ifndef PREFORKD_SERVER_MASTER_STOP_H
#define PREFORKD_SERVER_MASTER_STOP_H

#include "server/master/master.h"

/* Refuse newcomers and retire all workers: each finishes the connection in hand, and those who
 * were queued are served first. */
void stop_begin(struct master *master, int64_t now_ns);

/* Kill all workers, because of WHY. */
void stop_fast(struct master *master, const char *why);

/* Go on with a stop: close each listener once its queue is drained, lose patience when the time is
 * over. When to be called again at the latest. */
int64_t stop_continue(struct master *master, int64_t now_ns);

/* Whether a stop was asked for and is complete. */
bool stop_is_done(const struct master *master);

#endif
