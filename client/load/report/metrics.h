/*
 * metrics: what a run measures, by name. The order of these tables is the order in which the text,
 * the JSON, the checks and the comparison have them.
 */
#ifndef PREFORKD_CLIENT_LOAD_REPORT_METRICS_H
#define PREFORKD_CLIENT_LOAD_REPORT_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "client/load/engine/result.h"
#include "client/load/histogram.h"

/* For programs and for people. */
struct load_name {
    const char *json, *text;
};

/* In the order of enum load_error. */
extern const struct load_name load_error_names[LOAD_ERRORS];

/* The histograms of a result; the lag is that of the generator, not of the server. */
enum { LATENCY_RESPONSE, LATENCY_SERVICE, LATENCY_CONNECT, LATENCIES, LATENCY_LAG = LATENCIES };

extern const char *const load_latency_names[LATENCIES + 1];

const struct histogram *load_latency(const struct load_result *result, size_t latency);

/* What is told of a histogram: min, mean, percentiles, max. */
enum {
    STAT_MIN,
    STAT_MEAN,
    STAT_P50,
    STAT_P90,
    STAT_P99,
    STAT_P99_9,
    STAT_P99_99,
    STAT_MAX,
    STATS
};

extern const struct load_name load_stat_names[STATS];

/* In nanoseconds; 0 where nothing was recorded. */
uint64_t load_stat(const struct histogram *histogram, size_t stat);

/* Right answers a second; 0 where no time has passed. */
double load_rate(const struct load_result *result);

#endif
