/*
 * worker: a process of a pool, from fork(2) to exit. It sleeps until a connection is queued,
 * accepts it, serves it to its end, and so on until it is retired. This header is what the pool
 * needs to know of it.
 */
#ifndef PREFORKD_SERVER_WORKER_WORKER_H
#define PREFORKD_SERVER_WORKER_WORKER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config/config.h"
#include "common/log.h"
#include "server/scoreboard/scoreboard.h"
#include "server/scoreboard/source_board.h"
#include "server/service/service.h"
#include "server/worker/connection/datagram.h"

/* What the master's signals have a worker do. */
enum {
    SIGNAL_RETIRE = SIGTERM,         /* finish the active connection, then exit */
    SIGNAL_DEADLINE = SIGUSR1,       /* cut the connection whose number is the page's `late` */
    SIGNAL_CLOSE_LISTENER = SIGUSR2, /* close the listener if the queue is drained or the master
                                      * dead; an idle worker also tries accept() */
};

/* How long an inet listener that refuses new clients is still open for those whose handshake has
 * begun: the kernel does not count them, nor those that TCP_DEFER_ACCEPT holds back. */
enum { WORKER_HANDSHAKE_MS = 50 };

struct access_table;
struct sandbox;

/* What a worker is forked for. Of the descriptors that it inherits it keeps those named here, has
 * its log as 0, 1 and 2 as well, and closes all others. */
struct worker_job {
    const struct pool_config *config;
    const struct service *service;
    struct worker_page *page; /* its own; the pages of other workers are unmapped */
    struct pool_hints *hints;
    size_t slot;
    int listener_fd;
    struct datagram_binding binding;   /* of the listener, if it is for datagrams */
    const struct access_table *access; /* who may call; NULL: everyone */
    struct source_share sources;       /* by which its clients are counted */
    const struct sandbox *sandbox;     /* NULL: none */
    int module_fd;         /* the file of its module (module_open()); -1: none is kept */
    int lifeline_fd;       /* at end of file the generation is retired, or the master dead */
    int wake_fd;           /* the pipe that wakes the master */
    struct log_target log; /* the channel of the pool */
    pid_t master;
};

/* Be a worker of JOB, and never return. Signals are blocked on entry, as fork(2) left them. */
_Noreturn void worker_run(const struct worker_job *job);

#endif
