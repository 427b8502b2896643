/*
 * verdict: see verdict.h.
 */
#include "client/load/report/verdict.h"

#include <inttypes.h>
#include <stdio.h>

#include "client/load/report/metrics.h"
#include "client/shared/format.h"
#include "common/clock.h"

enum { CPU_LIMIT_PERCENT = 95 };

#define SHORTEST_NS  (100 * NS_PER_MS) /* getrusage(2) is too coarse for less */
#define LAG_LIMIT_NS (10 * NS_PER_MS)  /* of the p99: more than a busy scheduler explains */

static uint64_t lag_p99_ns(const struct load_result *result)
{
    return histogram_percentile(&result->lag, 990000);
}

bool load_held_schedule(const struct load_plan *plan, const struct load_result *result)
{
    return plan->rate == 0 || (result->interrupted && result->scheduled == 0) ||
           ((result->dropped == 0 || result->interrupted) && lag_p99_ns(result) <= LAG_LIMIT_NS);
}

/* "Cannot assign requested address" is also what a host without that address family says to each
 * attempt, so it means a lack of ports only where some connections came about. */
bool load_ran_out(const struct load_result *result)
{
    return result->errors[CONNECT_DESCRIPTOR_LIMIT] > 0 ||
           (result->errors[CONNECT_NO_PORTS] > 0 && result->reached > 0);
}

int64_t load_cpu_percent(const struct load_plan *plan, const struct load_result *result)
{
    int64_t available_ns = result->elapsed_ns * (int64_t)plan->processes;

    return available_ns > 0 ? result->cpu_ns * 100 / available_ns : 0;
}

/* Write that the lag alone misses CHECK. */
static void blame_lag(const struct load_check *check, const struct load_result *result,
                      char text[LOAD_VERDICT_SIZE])
{
    char lag[FORMAT_SIZE];

    format_latency(load_stat(&result->lag, check->stat), lag);
    snprintf(text, LOAD_VERDICT_SIZE,
             "the generator was too late for %.40s: its own lag has a %s of %s", check->text,
             load_stat_names[check->stat].text, lag);
}

void load_verdict(const struct load_plan *plan, const struct load_result *result,
                  const struct load_checks *checks, char text[LOAD_VERDICT_SIZE])
{
    const struct load_check *missed = load_checks_missed_by_lag(checks, result);
    int64_t percent = load_cpu_percent(plan, result);
    char lag[FORMAT_SIZE] = "-";

    if (result->lag.count > 0)
        format_latency(lag_p99_ns(result), lag);
    if (load_ran_out(result))
        snprintf(text, LOAD_VERDICT_SIZE,
                 "the generator was the limit: no local port for %" PRIu64
                 " requests, no descriptor for %" PRIu64,
                 result->errors[CONNECT_NO_PORTS], result->errors[CONNECT_DESCRIPTOR_LIMIT]);
    else if (!load_held_schedule(plan, result))
        snprintf(text, LOAD_VERDICT_SIZE,
                 "the schedule was not held: %" PRIu64 " never sent, lag p99 %s, cpu %" PRId64 "%%",
                 result->dropped, lag, percent);
    else if (result->response.count == 0)
        snprintf(text, LOAD_VERDICT_SIZE, "nothing was measured");
    else if (result->elapsed_ns < SHORTEST_NS)
        snprintf(text, LOAD_VERDICT_SIZE, "too short to judge the generator");
    else if (missed != NULL)
        blame_lag(missed, result, text);
    else if (percent >= CPU_LIMIT_PERCENT)
        snprintf(text, LOAD_VERDICT_SIZE,
                 "the generator may have been the limit: cpu %" PRId64 "%%", percent);
    else if (plan->rate > 0)
        snprintf(text, LOAD_VERDICT_SIZE, "generator ok: lag p99 %s, cpu %" PRId64 "%%", lag,
                 percent);
    else
        snprintf(text, LOAD_VERDICT_SIZE, "generator ok: cpu %" PRId64 "%%", percent);
}
