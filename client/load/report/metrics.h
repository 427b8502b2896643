/*
 * metrics: the names of what a run measures, and how to compute it. The text report, the JSON, the
 * checks and the comparison all follow the order of these tables.
 */
#ifndef PREFORKD_CLIENT_LOAD_REPORT_METRICS_H
#define PREFORKD_CLIENT_LOAD_REPORT_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "client/load/engine/result.h"
#include "client/load/histogram.h"

/* A name in JSON, and in text for people. */
struct load_name {
    const char *json, *text;
};

/* In the order of enum load_error. */
extern const struct load_name load_error_names[LOAD_ERRORS];

/* The latencies of a result. The lag is the generator's own, so it is none of the LATENCIES. */
enum { LATENCY_RESPONSE, LATENCY_SERVICE, LATENCY_CONNECT, LATENCIES, LATENCY_LAG = LATENCIES };

extern const char *const load_latency_names[LATENCIES + 1];

/* Return the histogram of LATENCY. */
const struct histogram *load_latency(const struct load_result *result, size_t latency);

/* The statistics of a histogram. */
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

/* Return a statistic, in nanoseconds; 0 from an empty histogram. */
uint64_t load_stat(const struct histogram *histogram, size_t stat);

/* Return the right answers a second; 0 if no time has passed. */
double load_rate(const struct load_result *result);

#endif
