/*
 * pool_stats: what is known of a pool in operation, as numbers with one name each. The one table drives
 * what the master sends and preforkctl reads, its JSON and its metrics.
 */
#ifndef PREFORKD_COMMON_POOL_STATS_H
#define PREFORKD_COMMON_POOL_STATS_H

#include <stddef.h>
#include <stdint.h>

#define STAT_UNKNOWN INT64_C(-1)

struct pool_stats {
    int64_t busy, idle; /* workers that accept, with and without a connection in hand */
    int64_t workers;    /* processes, whatever they are at */
    int64_t min, max;   /* as the configuration or `scale` has it */
    int64_t accepted, requests, bytes_in, bytes_out;
    int64_t crashes;     /* workers that ended unasked */
    int64_t timeouts;    /* connections cut at their deadline */
    int64_t max_reached; /* how often all of max got busy, in a pool that grows */
    int64_t queue, queue_limit, queue_peak;          /* callers that wait to be accepted */
    int64_t starting, leaving;                       /* workers, of those above */
    int64_t dropped;                                 /* datagrams that got no answer */
    int64_t accepted_1s, accepted_10s, accepted_60s; /* in as many whole seconds up to this one */
    int64_t took_sum_ns;                             /* all connections together */
    int64_t all_busy_ns;                             /* since when no worker is idle; 0: not so */
    int64_t oldest_ns;  /* how long the oldest connection in hand has lasted; 0: none */
    int64_t backoff_ns; /* until the next fork after workers failed one after the other */
    int64_t fork_fails; /* 1: fork(2) fails, and is tried again */
};

enum figure_kind { FIGURE_GAUGE, FIGURE_COUNTER };

struct pool_stat {
    const char *name;
    size_t offset; /* in struct pool_stats */
    enum figure_kind kind;
    const char *metric; /* its Prometheus name without the `preforkd_`; NULL: not a metric */
    const char *help;
};

extern const struct pool_stat pool_stat_table[];
extern const size_t pool_stat_count;

/* The one of that NAME, or NULL. */
const struct pool_stat *pool_stat_find(const char *name);

int64_t pool_stat_get(const struct pool_stat *figure, const struct pool_stats *from);
void pool_stat_set(const struct pool_stat *figure, struct pool_stats *in, int64_t value);

#endif
