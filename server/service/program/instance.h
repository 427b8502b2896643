/*
 * instance: the program of a worker that is started ahead of its client, and waits for its input.
 *
 * A worker has one at most. It has an end of a socket pair as its standard input and output, so it
 * waits in its first read until a client is given to it.
 */
#ifndef PREFORKD_SERVER_SERVICE_PROGRAM_INSTANCE_H
#define PREFORKD_SERVER_SERVICE_PROGRAM_INSTANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config/config.h"
#include "server/program/process.h"

struct connection;
struct connection_ops;
struct error_lines;

struct instance {
    struct process process;
    int stream_fd;              /* the worker's end of its socket pair */
    struct error_lines *errors; /* its standard error */
    int64_t began_ns;           /* when it was started */
    int64_t
        max_age_ns; /* how long it may wait: those of other workers are not as old all at once */
};

/* Prepare this worker to have one, of the pool of CONFIG, after starter_begin(). Returns 0, or -1
 * with errno. */
int instance_begin(const struct pool_config *config);

/* Return a descriptor that is readable when instance_keep() has something to do. */
int instance_descriptor(void);

/* Have an instance wait: start one if there is none, or it has ended, or has waited for max_age;
 * and log what they write to standard error. CONNECTION and OPS are for failures to be logged. The
 * first time, return once the instance sleeps. Where three in a row ended before they had a client,
 * it does not return: the worker exits. Returns whether one waits. */
bool instance_keep(const struct connection *connection, const struct connection_ops *ops);

/* Give the instance that waits to a client, or one that is started now. All signals must be
 * blocked. Returns 0; or -1 with errno, and *WHAT is what failed. */
int instance_take(const struct connection *connection, const struct connection_ops *ops,
                  struct instance *taken, const char **what);

/* Return the standard error of the instance that was sent TERM for its age; -1: there is none. */
int instance_leaving_descriptor(void);

/* While a client is served: log what that instance writes there, and kill it if that is due by
 * NOW_NS. Returns when it will be; NEVER_NS if no time is. */
int64_t instance_tend_leaving(int64_t now_ns);

/* The worker leaves: end the instance that waits, by TERM, and by KILL after kill_after. */
void instance_end(void);

#endif
