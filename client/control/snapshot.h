/*
 * snapshot: what the master answered to `status` or `workers`, as a structure.
 */
#ifndef PREFORKD_CLIENT_CONTROL_SNAPSHOT_H
#define PREFORKD_CLIENT_CONTROL_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/control_protocol.h"
#include "common/durations.h"
#include "common/pool_stats.h"

struct snapshot_worker {
    size_t slot;
    pid_t pid;
    int64_t generation;
    enum worker_state state;
    int64_t since_ns; /* how long it has been in that state */
    int64_t connections;
    const char *peer; /* its caller; NULL: none */
};

struct snapshot_pool {
    const char *name, *endpoint, *state;
    struct pool_stats stats;
    uint64_t took[DURATION_BUCKETS]; /* how many connections took how long */
    const char *oldest_peer;         /* whose connection is the oldest; NULL: nobody's */
    const char *board;               /* a letter for each slot */
    struct snapshot_worker *workers; /* of `workers` alone */
    size_t worker_count;
};

struct snapshot {
    int64_t pid, uptime_ns, log_lines_dropped;
    const char *version, *phase;
    struct snapshot_pool *pools;
    size_t pool_count;
};

/* Read the facts of REPLY, the lines between `ok` and `end`, which is changed and has to live as
 * long as SNAPSHOT. Facts with unknown names are passed over. 0, or -1 where it is no such reply or
 * there is no memory, with errno: EBADMSG or ENOMEM; nothing is left to free. */
int snapshot_read(char *reply, struct snapshot *snapshot);

void snapshot_free(struct snapshot *snapshot);

#endif
