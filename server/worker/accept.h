/*
 * accept: the loop of a worker: sleep until a client comes, accept it, have it served, until the
 * worker is to leave.
 */
#ifndef PREFORKD_SERVER_WORKER_ACCEPT_H
#define PREFORKD_SERVER_WORKER_ACCEPT_H

#include "server/worker/worker_state.h"

/* Open the epoll that wakes WORKER when it is idle, and watch its listener and its lifeline.
 * Returns 0, or -1 with errno; a listener that a signal has closed meanwhile is no failure. */
int accept_open(struct worker *worker);

/* Have WORKER wake when FD is readable, as well. Returns as accept_open(). */
int accept_watch(const struct worker *worker, int fd);

/* Have the service of WORKER, which has idle_ops, prepare for its next connection. */
void accept_prepare(const struct worker *worker);

/* Accept and serve clients until WORKER is to leave. */
void accept_loop(struct worker *worker);

#endif
