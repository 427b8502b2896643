/*
 * worker_state: what a worker process has of its own. worker.c runs it; signals.c changes it from
 * signal handlers.
 */
#ifndef PREFORKD_SERVER_WORKER_WORKER_STATE_H
#define PREFORKD_SERVER_WORKER_WORKER_STATE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "server/worker/connection/connection.h"
#include "server/worker/worker.h"

struct worker {
    struct worker_job job;
    struct connection connection;
    void (*serve)(struct connection *connection, int fd); /* a stream that was accepted */
    int epoll_fd;                                         /* -1: not opened yet */
    volatile sig_atomic_t listener_fd;                    /* -1: closed */
    volatile sig_atomic_t leaving;                        /* exit after the active connection */
    bool draining;                /* accept what was queued at the stop, and no more */
    unsigned int accept_failures; /* in a row */
    unsigned int vain_wakeups;    /* without a client */
    int64_t connections_left;     /* until the worker asks for a replacement */
};

/* What wakes an idle worker, its epoll: wake.c. */

/* Open the epoll of WORKER, and watch its listener and its lifeline. Returns 0, or -1 with errno; a
 * listener that a signal has closed meanwhile is no failure. */
int wake_open(struct worker *worker);

/* Have WORKER wake when FD is readable, as well. Returns as wake_open(). */
int wake_watch(const struct worker *worker, int fd);

/* Register for the listener behind all other idle workers. Returns as wake_open(). */
int wake_register_anew(const struct worker *worker);

/* Sleep until something happens. *RETIRED becomes whether the lifeline is at its end. Returns 0, or
 * -1 with errno. */
int wake_wait(const struct worker *worker, bool *retired);

#endif
