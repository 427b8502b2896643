/*
 * worker_state: what a worker process has of its own. worker.c makes it, accept.c goes on with it
 * from client to client; signals.c changes it from signal handlers.
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
    const struct preforkd_service *bytes;                 /* that serves; NULL: programs do */
    void (*serve)(struct connection *connection, int fd); /* a stream that was accepted */
    int epoll_fd;                                         /* -1: not opened yet */
    volatile sig_atomic_t listener_fd;                    /* -1: closed */
    volatile sig_atomic_t leaving;                        /* exit after the active connection */
    bool draining;                /* accept what was queued at the stop, and no more */
    unsigned int accept_failures; /* in a row */
    unsigned int vain_wakeups;    /* without a client */
    int64_t connections_left;     /* until the worker asks for a replacement */
};

/* Log WHAT failed with errno, and exit. */
_Noreturn void worker_give_up(const struct worker *worker, const char *what);

/* Log WHY the worker cannot serve, and exit. */
_Noreturn void worker_refuse(const struct worker *worker, const char *why);

#endif
