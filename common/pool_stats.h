/*
 * pool_stats: the figures of a running pool, and one table with their names, which drives what the
 * master sends and preforkctl reads, its JSON and its metrics.
 */
#ifndef PREFORKD_COMMON_POOL_STATS_H
#define PREFORKD_COMMON_POOL_STATS_H

#include <stddef.h>
#include <stdint.h>

#define STAT_UNKNOWN INT64_C(-1)

struct pool_stats {
    int64_t busy, idle; /* workers in force that accept, with and without an active connection */
    int64_t workers;    /* processes in any state */
    int64_t min, max;   /* set by the configuration or `scale` */
    int64_t accepted, requests, bytes_in, bytes_out;
    int64_t crashes;     /* workers that ended unexpectedly */
    int64_t timeouts;    /* connections cut at their deadline */
    int64_t max_reached; /* how often all of max became busy, in a pool that grows */
    int64_t queue, queue_limit, queue_peak; /* clients that wait to be accepted */
    int64_t starting, leaving;              /* of `workers` */
    int64_t dropped;                        /* datagrams without an answer */
    int64_t receive_queue, receive_queue_limit, receive_drops; /* of the kernel, for datagrams */
    int64_t proxy_refused;  /* connections, for their PROXY header */
    int64_t health_checks;  /* connections of a proxy's own without a byte */
    int64_t access_refused; /* connections and datagrams, by allow and deny */
    int64_t source_refused; /* connections, by max_per_source */
    int64_t rate_refused;   /* connections and datagrams, by max_rate_per_source */
    int64_t programs_ok, programs_failed, programs_signalled, programs_gone, programs_unstarted;
    int64_t programs_waiting;                        /* started, and without a client yet */
    int64_t accepted_1s, accepted_10s, accepted_60s; /* in the last 1, 10, 60 whole seconds */
    int64_t took_sum_ns;                             /* of all connections */
    int64_t exec_sum_ns;                             /* of all programs, from accept to exec */
    int64_t all_busy_ns; /* for how long no worker has been idle; 0: one is */
    int64_t oldest_ns;   /* age of the oldest active connection; 0: there is none */
    int64_t backoff_ns;  /* until the next fork, after workers have failed in a row */
    int64_t fork_fails;  /* 1: fork(2) fails, and is retried */
    int64_t retiring;    /* of `workers`: of earlier generations, which finish a connection */
    int64_t retiring_oldest_ns; /* age of the oldest of these connections; 0: there is none */
};

enum pool_stat_kind { POOL_STAT_GAUGE, POOL_STAT_COUNTER };

struct pool_stat {
    const char *name;
    size_t offset; /* in struct pool_stats */
    enum pool_stat_kind kind;
    const char *metric; /* its name in Prometheus behind `preforkd_`; NULL: not a metric */
    const char *help;
};

extern const struct pool_stat pool_stat_table[];
extern const size_t pool_stat_count;

/* Return the entry of that NAME, or NULL. */
const struct pool_stat *pool_stat_find(const char *name);

int64_t pool_stat_get(const struct pool_stat *stat, const struct pool_stats *from);
void pool_stat_set(const struct pool_stat *stat, struct pool_stats *in, int64_t value);

#endif
