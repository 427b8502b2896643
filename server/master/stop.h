/*
 * stop: the end of all pools, graceful (active connections and the accept queues are served first)
 * or fast.
 */
#ifndef PREFORKD_SERVER_MASTER_STOP_H
#define PREFORKD_SERVER_MASTER_STOP_H

#include "server/master/master.h"

/* A signal or a command asks for a stop: the first request begins a graceful one, the second makes
 * it fast. A replaced master stops already, and its first request changes nothing; neither do a
 * candidate's later ones. */
void stop_request(struct master *master, int64_t now_ns);

/* Begin a graceful stop: refuse new clients and retire all workers. */
void stop_begin(struct master *master, int64_t now_ns);

/* Kill all workers, and log that this is because of WHY. */
void stop_fast(struct master *master, const char *why);

/* Make the stop fast when stop_timeout is over. Returns when to call again at the latest. */
int64_t stop_continue(struct master *master, int64_t now_ns);

/* Close the listeners that a fast stop left open, and count the clients that this refuses. */
void stop_close_listeners(struct master *master);

/* Log what all pools have done in their life. All have retired. */
void stop_log_totals(struct master *master);

/* Returns whether a stop was asked for and all pools have retired. */
bool stop_is_done(const struct master *master);

#endif
