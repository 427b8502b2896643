/*
 * json: see json.h. Each function adds one or a few members of the outermost object.
 */
#include "client/load/report/json.h"

#include <sys/utsname.h>
#include <unistd.h>

#include "client/load/report/metrics.h"
#include "client/load/report/verdict.h"
#include "common/json_writer.h"
#include "common/number.h"

static void add_if(struct json_writer *json, const char *name, bool measured, uint64_t number)
{
    if (measured)
        json_add_unsigned(json, name, number);
    else
        json_add_null(json, name);
}

static void add_counts(struct json_writer *json, const struct load_result *result)
{
    json_begin_object(json, "counts");
    json_add_unsigned(json, "scheduled", result->scheduled);
    json_add_unsigned(json, "sent", result->sent);
    json_add_unsigned(json, "ok", result->ok);
    json_add_unsigned(json, "failed", result->failed);
    json_add_unsigned(json, "dropped", result->dropped);
    json_end_object(json);
    json_begin_object(json, "errors");
    for (int i = 0; i < LOAD_ERRORS; i++)
        json_add_unsigned(json, load_error_names[i].json, result->errors[i]);
    json_end_object(json);
}

static void add_rate(struct json_writer *json, const struct load_plan *plan,
                     const struct load_result *result)
{
    json_begin_object(json, "rate");
    add_if(json, "target", plan->rate > 0, (uint64_t)plan->rate);
    if (result->elapsed_ns > 0)
        json_add_double(json, "achieved", 1, load_rate(result));
    else
        json_add_null(json, "achieved");
    json_end_object(json);
}

static void add_stats(struct json_writer *json, const char *name, const struct histogram *histogram)
{
    json_begin_object(json, name);
    for (size_t i = 0; i < STATS; i++)
        add_if(json, load_stat_names[i].json, histogram->count > 0, load_stat(histogram, i));
    json_end_object(json);
}

static void add_latencies(struct json_writer *json, const struct load_result *result)
{
    json_begin_object(json, "latency_ns");
    for (size_t i = 0; i < LATENCIES; i++)
        add_stats(json, load_latency_names[i], load_latency(result, i));
    json_end_object(json);
}

/* How well an open loop held its schedule, and what was late in either loop. */
static void add_schedule(struct json_writer *json, const struct load_plan *plan,
                         const struct load_result *result)
{
    if (plan->rate > 0) {
        json_begin_object(json, "schedule");
        add_stats(json, "lag_ns", &result->lag);
        json_end_object(json);
    } else {
        json_add_null(json, "schedule");
    }
    json_begin_object(json, "late");
    add_if(json, "began", plan->rate > 0, result->began_late);
    json_add_unsigned(json, "ended", result->ended_late);
    json_add_integer(json, "began_over_ns", LOAD_LATE_START_NS);
    json_add_integer(json, "ended_over_ns", plan->late_ns);
    json_end_object(json);
}

static void add_model(struct json_writer *json, const struct load_plan *plan)
{
    json_begin_object(json, "model");
    json_add_string(json, "loop", plan->rate > 0 ? "open" : "closed");
    json_add_unsigned(json, "connections", plan->connections);
    json_add_unsigned(json, "processes", plan->processes);
    json_add_unsigned(json, "size", plan->size);
    json_add_boolean(json, "datagram", plan->endpoint.type == SOCK_DGRAM);
    json_add_boolean(json, "keep_open", plan->keep_open);
    json_add_string(json, "expect", load_expect_names[plan->expect]);
    json_add_integer(json, "warm_up_ns", plan->warm_up_ns);
    add_if(json, "duration_ns", plan->duration_ns != NUMBER_UNLIMITED, (uint64_t)plan->duration_ns);
    add_if(json, "requests", plan->requests != NUMBER_UNLIMITED, (uint64_t)plan->requests);
    add_if(json, "hold_ns", plan->hold_ns > 0, (uint64_t)plan->hold_ns);
    json_add_integer(json, "connect_timeout_ns", plan->connect_timeout_ns);
    json_add_integer(json, "timeout_ns", plan->timeout_ns);
    json_end_object(json);
}

static void add_run(struct json_writer *json, const struct load_plan *plan,
                    const struct load_result *result)
{
    json_add_unsigned(json, "seed", plan->seed);
    json_add_integer(json, "elapsed_ns", result->elapsed_ns);
    json_add_integer(json, "cpu_ns", result->cpu_ns);
    json_add_boolean(json, "interrupted", result->interrupted);
}

static void add_checks(struct json_writer *json, const struct load_checks *checks,
                       const struct load_result *result)
{
    json_begin_array(json, "checks");
    for (size_t i = 0; i < checks->count; i++) {
        struct load_finding finding = load_check_judge(&checks->all[i], result);

        json_begin_object(json, NULL);
        json_add_string(json, "check", checks->all[i].text);
        json_add_boolean(json, "passed", finding.passed);
        if (finding.measured)
            json_add_double(json, "value", JSON_SHORT, finding.value);
        else
            json_add_null(json, "value");
        json_end_object(json);
    }
    json_end_array(json);
}

/* What of this machine the results depend on; its name is left out, since reports are published. */
static void add_host(struct json_writer *json)
{
    struct utsname host;

    if (uname(&host) < 0)
        host = (struct utsname){.release = "?", .machine = "?"};
    json_add_string(json, "version", VERSION);
    json_begin_object(json, "host");
    json_add_string(json, "kernel", host.release);
    json_add_string(json, "machine", host.machine);
    json_add_integer(json, "cpus", sysconf(_SC_NPROCESSORS_ONLN));
    json_end_object(json);
}

static void add_histogram(struct json_writer *json, const char *name,
                          const struct histogram *histogram)
{
    uint64_t value, count;

    json_begin_array(json, name);
    for (size_t bucket = 0; histogram_next(histogram, &bucket, &value, &count);) {
        json_begin_array(json, NULL);
        json_add_unsigned(json, NULL, value);
        json_add_unsigned(json, NULL, count);
        json_end_array(json);
    }
    json_end_array(json);
}

static void add_histograms(struct json_writer *json, const struct load_result *result)
{
    json_begin_object(json, "histogram_ns");
    for (size_t i = 0; i < LATENCIES; i++)
        add_histogram(json, load_latency_names[i], load_latency(result, i));
    json_end_object(json);
}

void load_json_print(const struct target *target, const struct load_plan *plan,
                     const struct load_result *result, const struct load_checks *checks, FILE *out)
{
    struct json_writer json = {.out = out};
    char verdict[LOAD_VERDICT_SIZE];

    load_verdict(plan, result, checks, verdict);
    json_begin_object(&json, NULL);
    add_counts(&json, result);
    add_rate(&json, plan, result);
    add_latencies(&json, result);
    if (plan->hold_ns > 0)
        json_add_unsigned(&json, "held", result->held);
    json_add_string(&json, "verdict", verdict);
    add_schedule(&json, plan, result);
    json_add_string(&json, "target", target->text);
    add_model(&json, plan);
    add_run(&json, plan, result);
    add_checks(&json, checks, result);
    add_host(&json);
    add_histograms(&json, result);
    json_end_object(&json);
    fputc('\n', out);
}
