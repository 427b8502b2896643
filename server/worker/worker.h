/*
 * worker: a process of the pool, from fork(2) to exit. It sleeps until a caller comes, accepts,
 * serves, and does so again until it is told to leave.
 */
#ifndef PREFORKD_SERVER_WORKER_WORKER_H
#define PREFORKD_SERVER_WORKER_WORKER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/config/config.h"
#include "common/log.h"
#include "server/service/service.h"
#include "server/worker/scoreboard.h"

/* What the master's signals have a worker do. */
enum {
    SIGNAL_RETIRE = SIGTERM,   /* finish the active connection, then exit */
    SIGNAL_DEADLINE = SIGUSR1, /* cut the connection whose number is the signal's value */
    SIGNAL_CLOSE_LISTENER =
        SIGUSR2, /* close the listener: the queue is drained, or the master dead */
};

/* What a worker is forked for. Of the descriptors that it inherits it keeps 0, 1, 2 and those named
 * here, and closes all others. */
struct worker_job {
    const struct pool_config *config;
    const struct service *service;
    struct worker_page *page;
    struct pool_hints *hints;
    size_t slot;
    int listener_fd;
    uint16_t port;    /* that the listener is bound to; 0: unix */
    bool any_address; /* likewise, to every address */
    int lifeline_fd;  /* reads end of file once the generation is retired, or the master dead */
    int wake_fd;      /* an eventfd of the master's */
    struct log_target log; /* the master's pipe for log lines */
    int64_t stop_timeout_ns;
    pid_t master;
};

/* Be a worker: never returns. Signals are blocked on entry, as fork(2) left them. */
_Noreturn void worker_run(const struct worker_job *job);

#endif
