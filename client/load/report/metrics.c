/*
 * metrics: see metrics.h.
 */
#include "client/load/report/metrics.h"

#include "common/clock.h"

const struct load_name load_error_names[LOAD_ERRORS] = {
    {"connect_refused", "refused"},   {"connect_backlog_full", "backlog full"},
    {"connect_no_ports", "no ports"}, {"connect_descriptor_limit", "descriptor limit"},
    {"connect_timeout", "timeout"},   {"connect_other", "other"},
    {"reply_reset", "reset"},         {"reply_short", "short"},
    {"reply_extra", "extra"},         {"reply_mismatch", "mismatch"},
    {"reply_timeout", "timeout"},
};

const char *const load_latency_names[LATENCIES + 1] = {"response", "service", "connect", "lag"};

const struct load_name load_stat_names[STATS] = {
    {"min", "min"}, {"mean", "mean"},   {"p50", "p50"},       {"p90", "p90"},
    {"p99", "p99"}, {"p99_9", "p99.9"}, {"p99_99", "p99.99"}, {"max", "max"},
};

static const uint32_t per_million[STATS] = {
    [STAT_P50] = 500000,   [STAT_P90] = 900000,    [STAT_P99] = 990000,
    [STAT_P99_9] = 999000, [STAT_P99_99] = 999900, [STAT_MAX] = 1000000,
};

const struct histogram *load_latency(const struct load_result *result, size_t latency)
{
    const struct histogram *const histograms[LATENCIES + 1] = {&result->response, &result->service,
                                                               &result->connect, &result->lag};

    return histograms[latency];
}

uint64_t load_stat(const struct histogram *histogram, size_t stat)
{
    if (stat == STAT_MEAN)
        return histogram_mean(histogram);
    return histogram_percentile(histogram, per_million[stat]);
}

double load_rate(const struct load_result *result)
{
    if (result->elapsed_ns <= 0)
        return 0;
    return (double)result->ok * (double)NS_PER_S / (double)result->elapsed_ns;
}
