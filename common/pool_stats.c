/*
 * pool_stats: see pool_stats.h.
 */
#include "common/pool_stats.h"

#include <string.h>

#define STAT(name) #name, offsetof(struct pool_stats, name)

/* In the order in which they are printed. Metrics have base units. */
const struct pool_stat pool_stat_table[] = {
    {STAT(busy), POOL_STAT_GAUGE, "workers_busy", "Workers with an active connection."},
    {STAT(idle), POOL_STAT_GAUGE, "workers_idle", "Workers that wait for a connection."},
    {STAT(workers), POOL_STAT_GAUGE, "workers", "Worker processes."},
    {STAT(min), POOL_STAT_GAUGE, "workers_min", "The fewest workers the pool keeps."},
    {STAT(max), POOL_STAT_GAUGE, "workers_max", "The most workers the pool may have."},
    {STAT(accepted), POOL_STAT_COUNTER, "connections_total",
     "Connections accepted, or datagrams received."},
    {STAT(requests), POOL_STAT_COUNTER, "requests_total", "Requests answered."},
    {STAT(bytes_in), POOL_STAT_COUNTER, "received_bytes_total", "Bytes received from clients."},
    {STAT(bytes_out), POOL_STAT_COUNTER, "sent_bytes_total", "Bytes sent to clients."},
    {STAT(crashes), POOL_STAT_COUNTER, "worker_crashes_total", "Workers that ended unexpectedly."},
    {STAT(timeouts), POOL_STAT_COUNTER, "connection_timeouts_total",
     "Connections cut at a deadline."},
    {STAT(max_reached), POOL_STAT_COUNTER, "workers_max_reached_total",
     "How often all workers were busy in a pool at its maximum."},
    {STAT(queue), POOL_STAT_GAUGE, "queue_length", "Clients that wait to be accepted."},
    {STAT(queue_limit), POOL_STAT_GAUGE, "queue_limit", "The most clients that may wait."},
    {STAT(queue_peak), POOL_STAT_GAUGE, "queue_peak", "The most clients seen waiting."},
    {STAT(starting), POOL_STAT_GAUGE, "workers_starting", "Workers that do not accept yet."},
    {STAT(leaving), POOL_STAT_GAUGE, "workers_leaving", "Workers that have stopped accepting."},
    {STAT(dropped), POOL_STAT_COUNTER, "datagrams_dropped_total", "Datagrams that got no answer."},
    {STAT(receive_queue), POOL_STAT_GAUGE, "receive_queue_bytes",
     "Memory of the datagrams that wait; on a unix socket the bytes of the next one."},
    {STAT(receive_queue_limit), POOL_STAT_GAUGE, "receive_queue_limit_bytes",
     "The most memory for datagrams that wait."},
    {STAT(receive_drops), POOL_STAT_COUNTER, "receive_drops_total",
     "Datagrams that the kernel dropped, mostly for want of that memory."},
    {STAT(proxy_refused), POOL_STAT_COUNTER, "proxy_headers_refused_total",
     "Connections refused for their PROXY header."},
    {STAT(health_checks), POOL_STAT_COUNTER, "health_checks_total",
     "Connections of a proxy's own without a byte."},
    {STAT(access_refused), POOL_STAT_COUNTER, "access_refused_total",
     "Connections and datagrams refused by allow and deny."},
    {STAT(source_refused), POOL_STAT_COUNTER, "source_refused_total",
     "Connections refused by max_per_source."},
    {STAT(rate_refused), POOL_STAT_COUNTER, "rate_refused_total",
     "Connections and datagrams refused by max_rate_per_source."},
    {STAT(programs_ok), POOL_STAT_COUNTER, "programs_ok_total",
     "Programs that exited with status 0."},
    {STAT(programs_failed), POOL_STAT_COUNTER, "programs_failed_total",
     "Programs that exited with another status."},
    {STAT(programs_signalled), POOL_STAT_COUNTER, "programs_signalled_total",
     "Programs that a signal ended."},
    {STAT(programs_gone), POOL_STAT_COUNTER, "programs_gone_total",
     "Programs whose client left first."},
    {STAT(programs_unstarted), POOL_STAT_COUNTER, "programs_unstarted_total",
     "Programs that could not be started."},
    {STAT(programs_waiting), POOL_STAT_GAUGE, "programs_waiting",
     "Programs that were started and wait for a client."},
    {STAT(accepted_1s), POOL_STAT_GAUGE, NULL, NULL},
    {STAT(accepted_10s), POOL_STAT_GAUGE, NULL, NULL},
    {STAT(accepted_60s), POOL_STAT_GAUGE, NULL, NULL},
    {STAT(took_sum_ns), POOL_STAT_COUNTER, NULL, NULL},
    {STAT(exec_sum_ns), POOL_STAT_COUNTER, NULL, NULL},
    {STAT(all_busy_ns), POOL_STAT_GAUGE, NULL, NULL},
    {STAT(oldest_ns), POOL_STAT_GAUGE, NULL, NULL},
    {STAT(backoff_ns), POOL_STAT_GAUGE, NULL, NULL},
    {STAT(fork_fails), POOL_STAT_GAUGE, NULL, NULL},
    {STAT(retiring), POOL_STAT_GAUGE, "workers_retiring",
     "Workers of earlier configurations that finish a connection."},
    {STAT(retiring_oldest_ns), POOL_STAT_GAUGE, NULL, NULL},
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

static size_t place(const struct pool_stat *stat)
{
    return stat->offset / sizeof(int64_t);
}

int64_t pool_stat_get(const struct pool_stat *stat, const struct pool_stats *from)
{
    return ((const int64_t *)(const void *)from)[place(stat)];
}

void pool_stat_set(const struct pool_stat *stat, struct pool_stats *in, int64_t value)
{
    ((int64_t *)(void *)in)[place(stat)] = value;
}
