/*
 * snapshot: a reply of the master to `status`, `workers` or `sources` as a structure.
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
    enum worker_state state;
    int64_t generation;
    int64_t since_ns; /* how long the worker has been in that state */
    int64_t connections;
    int64_t program_pid; /* of the program that it runs; STAT_UNKNOWN: none */
    const char *peer;    /* the client of its connection; NULL: it has none */
    const char *says;    /* what it says of itself; NULL: nothing */
};

struct snapshot_source {
    const char *name;
    int64_t connections; /* that it has now */
    int64_t refused;     /* STAT_UNKNOWN: the pool refuses none */
};

struct snapshot_pool {
    const char *name, *endpoint, *state;
    const char *noun;    /* for a process of the pool: a worker, or a program */
    const char *sandbox; /* that its processes have; NULL: the master does not say */
    const char *user;    /* with the rights of which its processes run; NULL: not known */
    struct pool_stats stats;
    uint64_t took[DURATION_BUCKETS]; /* a count of connections for each bucket of durations */
    uint64_t exec[DURATION_BUCKETS]; /* the same of programs, from accept to exec */
    const char *oldest_peer;         /* the client of the oldest connection; NULL: none is active */
    const char *board;               /* a letter for each slot */
    struct snapshot_worker *workers; /* in a reply to `workers` alone */
    size_t worker_count;
    bool runs_programs;              /* its workers do; in a reply to `workers` alone */
    struct snapshot_source *sources; /* the busiest first; in a reply to `sources` alone */
    size_t source_count;
};

struct snapshot {
    int64_t pid, uptime_ns, log_lines_dropped;
    int64_t generation;    /* in force: a reload begins another */
    int64_t reload_waits;  /* for one of so many generations that retire; STAT_UNKNOWN: for none */
    int64_t reload_due_ns; /* when the first has ended at the latest; STAT_UNKNOWN: no limit */
    const char *version, *phase;
    const char *name; /* of the master, in metrics; NULL: it does not say */
    struct snapshot_pool *pools;
    size_t pool_count;
};

/* Read REPLY, the lines between `ok` and `end`. It is changed, and has to outlive SNAPSHOT, which
 * points into it. Facts with unknown names are ignored. Returns 0, or -1 with errno, EBADMSG if it
 * is no such reply, and then there is nothing to free. */
int snapshot_read(char *reply, struct snapshot *snapshot);

void snapshot_free(struct snapshot *snapshot);

#endif
