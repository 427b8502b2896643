/*
 * figures: see figures.h.
 */
#include "common/pool_stats.h"

#include <string.h>

#define FIGURE(name) #name, offsetof(struct pool_figures, name)

/* In the order in which they are printed; the units of metrics are the base units. */
const struct figure figures[] = {
    {FIGURE(busy), FIGURE_GAUGE, "workers_busy", "Workers with a connection in hand."},
    {FIGURE(idle), FIGURE_GAUGE, "workers_idle", "Workers that wait for a caller."},
    {FIGURE(workers), FIGURE_GAUGE, "workers", "Worker processes."},
    {FIGURE(min), FIGURE_GAUGE, "workers_min", "The least workers the pool keeps."},
    {FIGURE(max), FIGURE_GAUGE, "workers_max", "The most workers the pool may have."},
    {FIGURE(accepted), FIGURE_COUNTER, "connections_total",
     "Connections accepted, or datagrams received."},
    {FIGURE(requests), FIGURE_COUNTER, "requests_total", "Requests answered."},
    {FIGURE(bytes_in), FIGURE_COUNTER, "received_bytes_total", "Bytes received from callers."},
    {FIGURE(bytes_out), FIGURE_COUNTER, "sent_bytes_total", "Bytes sent to callers."},
    {FIGURE(crashes), FIGURE_COUNTER, "worker_crashes_total", "Workers that ended unasked."},
    {FIGURE(timeouts), FIGURE_COUNTER, "connection_timeouts_total",
     "Connections cut at a deadline."},
    {FIGURE(max_reached), FIGURE_COUNTER, "workers_max_reached_total",
     "How often all of the most workers got busy."},
    {FIGURE(queue), FIGURE_GAUGE, "queue_length", "Callers that wait to be accepted."},
    {FIGURE(queue_limit), FIGURE_GAUGE, "queue_limit", "The most callers that may wait."},
    {FIGURE(queue_peak), FIGURE_GAUGE, "queue_peak", "The most callers seen waiting."},
    {FIGURE(starting), FIGURE_GAUGE, "workers_starting", "Workers that do not accept yet."},
    {FIGURE(leaving), FIGURE_GAUGE, "workers_leaving", "Workers that do not accept any more."},
    {FIGURE(dropped), FIGURE_COUNTER, "datagrams_dropped_total", "Datagrams that got no answer."},
    {FIGURE(accepted_1s), FIGURE_GAUGE, NULL, NULL},
    {FIGURE(accepted_10s), FIGURE_GAUGE, NULL, NULL},
    {FIGURE(accepted_60s), FIGURE_GAUGE, NULL, NULL},
    {FIGURE(took_sum_ns), FIGURE_COUNTER, NULL, NULL},
    {FIGURE(all_busy_ns), FIGURE_GAUGE, NULL, NULL},
    {FIGURE(oldest_ns), FIGURE_GAUGE, NULL, NULL},
    {FIGURE(backoff_ns), FIGURE_GAUGE, NULL, NULL},
    {FIGURE(fork_fails), FIGURE_GAUGE, NULL, NULL},
};

const size_t figure_count = sizeof(figures) / sizeof(figures[0]);

const struct figure *figure_find(const char *name)
{
    for (size_t i = 0; i < figure_count; i++) {
        if (strcmp(figures[i].name, name) == 0)
            return &figures[i];
    }
    return NULL;
}

static size_t place(const struct figure *figure)
{
    return figure->offset / sizeof(int64_t);
}

int64_t figure_get(const struct figure *figure, const struct pool_figures *from)
{
    return ((const int64_t *)(const void *)from)[place(figure)];
}

void figure_set(const struct figure *figure, struct pool_figures *in, int64_t value)
{
    ((int64_t *)(void *)in)[place(figure)] = value;
}
