/*
 * birth: a process of a pool that becomes a resident program, from fork(2) to execve(2).
 */
#ifndef PREFORKD_SERVER_POOL_KINDS_BIRTH_H
#define PREFORKD_SERVER_POOL_KINDS_BIRTH_H

#include <stdint.h>
#include <sys/types.h>

#include "common/config/config.h"
#include "common/log.h"

struct sandbox;

/* What the process is forked for. */
struct birth_job {
    const struct pool_config *config;
    const struct sandbox *sandbox; /* NULL: none */
    int listener_fd;
    int error_fd;              /* its standard error */
    const char *notify_socket; /* NULL: it has none */
    int64_t watchdog_ns;       /* how often it is to send a pulse there */
    struct log_target log;     /* the channel of the pool, until the program runs */
    pid_t master;
};

/* Be the program of JOB, and never return. Where it cannot be started, log why and exit. */
_Noreturn void birth_run(const struct birth_job *job);

#endif
