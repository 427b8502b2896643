/*
 * signals: what signals do to a worker. The master retires it, has it cut its connection, or
 * let go of the listener; so does the master's death.
 */
#ifndef PREFORKD_SERVER_WORKER_SIGNALS_H
#define PREFORKD_SERVER_WORKER_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

#include "server/worker/connection.h"
#include "server/worker/worker.h"

/* A worker's own state. */
struct worker {
    struct worker_job job;
    struct connection connection;
    int epoll_fd;                      /* -1: not yet */
    volatile sig_atomic_t listener_fd; /* -1: let go */
    volatile sig_atomic_t leaving;     /* after the caller in hand */
    bool draining;
    unsigned int accept_failures; /* in a row */
    int64_t callers_left;         /* until it asks to be replaced */
};

/* Make the process's one worker of JOB and unblock signals, which act on it from now on. It lives
 * here, for a handler can be handed nothing. */
struct worker *signals_begin(const struct worker_job *job);

#endif
