/*
 * pool_stats: see pool_stats.h.
 */
#include "common/pool_stats.h"

#include <string.h>

#define STAT(name) #name, offsetof(struct pool_stats, name)

/* In the order in which they are printed; the units of metrics are the base units. */
const struct pool_stat pool_stat_table[] = {
    {STAT(busy), FIGURE_GAUGE, "workers_busy", "Workers with a connection in hand."},
    {STAT(idle), FIGURE_GAUGE, "workers_idle", "Workers that wait for a caller."},
    {STAT(workers), FIGURE_GAUGE, "workers", "Worker processes."},
    {STAT(min), FIGURE_GAUGE, "workers_min", "The least workers the pool keeps."},
    {STAT(max), FIGURE_GAUGE, "workers_max", "The most workers the pool may have."},
    {STAT(accepted), FIGURE_COUNTER, "connections_total",
     "Connections accepted, or datagrams received."},
    {STAT(requests), FIGURE_COUNTER, "requests_total", "Requests answered."},
    {STAT(bytes_in), FIGURE_COUNTER, "received_bytes_total", "Bytes received from callers."},
    {STAT(bytes_out), FIGURE_COUNTER, "sent_bytes_total", "Bytes sent to callers."},
    {STAT(crashes), FIGURE_COUNTER, "worker_crashes_total", "Workers that ended unasked."},
    {STAT(timeouts), FIGURE_COUNTER, "connection_timeouts_total", "Connections cut at a deadline."},
    {STAT(max_reached), FIGURE_COUNTER, "workers_max_reached_total",
     "How often all of the most workers got busy."},
    {STAT(queue), FIGURE_GAUGE, "queue_length", "Callers that wait to be accepted."},
    {STAT(queue_limit), FIGURE_GAUGE, "queue_limit", "The most callers that may wait."},
    {STAT(queue_peak), FIGURE_GAUGE, "queue_peak", "The most callers seen waiting."},
    {STAT(starting), FIGURE_GAUGE, "workers_starting", "Workers that do not accept yet."},
    {STAT(leaving), FIGURE_GAUGE, "workers_leaving", "Workers that do not accept any more."},
    {STAT(dropped), FIGURE_COUNTER, "datagrams_dropped_total", "Datagrams that got no answer."},
    {STAT(accepted_1s), FIGURE_GAUGE, NULL, NULL},
    {STAT(accepted_10s), FIGURE_GAUGE, NULL, NULL},
    {STAT(accepted_60s), FIGURE_GAUGE, NULL, NULL},
    {STAT(took_sum_ns), FIGURE_COUNTER, NULL, NULL},
    {STAT(all_busy_ns), FIGURE_GAUGE, NULL, NULL},
    {STAT(oldest_ns), FIGURE_GAUGE, NULL, NULL},
    {STAT(backoff_ns), FIGURE_GAUGE, NULL, NULL},
    {STAT(fork_fails), FIGURE_GAUGE, NULL, NULL},
};

const size_t pool_stat_count = sizeof(pool_stat_table) / sizeof(pool_stat_table[0]);

const struct pool_stat *pool_stat_find(const char *name)
{
    for (size_t i = 0; i < pool_stat_count; i++) {
        if (strcmp(pool_stat_table[i].name, name) == 0)
            return &pool_stat_table[i];
    }
    return NULL;
}

static size_t place(const struct pool_stat *figure)
{
    return figure->offset / sizeof(int64_t);
}

int64_t pool_stat_get(const struct pool_stat *figure, const struct pool_stats *from)
{
    return ((const int64_t *)(const void *)from)[place(figure)];
}

void pool_stat_set(const struct pool_stat *figure, struct pool_stats *in, int64_t value)
{
    ((int64_t *)(void *)in)[place(figure)] = value;
}
