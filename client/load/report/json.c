/*
 * json: see json.h. Each function prints members of an object, the comma before them included
 * where they are never the first.
 */
#include "client/load/report/json.h"

#include <inttypes.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "client/load/report/metrics.h"
#include "client/load/report/verdict.h"
#include "common/json_writer.h"
#include "common/number.h"

/* Behind a colon: NUMBER, or null. */
static void print_if(bool measured, uint64_t number, FILE *out)
{
    if (measured)
        fprintf(out, "%" PRIu64, number);
    else
        fputs("null", out);
}

static void print_counts(const struct load_result *result, FILE *out)
{
    fprintf(out,
            "\"counts\":{\"scheduled\":%" PRIu64 ",\"sent\":%" PRIu64 ",\"ok\":%" PRIu64
            ",\"failed\":%" PRIu64 ",\"dropped\":%" PRIu64 "}",
            result->scheduled, result->sent, result->ok, result->failed, result->dropped);
    for (int i = 0; i < LOAD_ERRORS; i++)
        fprintf(out, "%s\"%s\":%" PRIu64, i == 0 ? ",\"errors\":{" : ",", load_error_names[i].json,
                result->errors[i]);
    fputc('}', out);
}

static void print_rate(const struct load_plan *plan, const struct load_result *result, FILE *out)
{
    fputs(",\"rate\":{\"target\":", out);
    print_if(plan->rate > 0, (uint64_t)plan->rate, out);
    if (result->elapsed_ns > 0)
        fprintf(out, ",\"achieved\":%.1f}", load_rate(result));
    else
        fputs(",\"achieved\":null}", out);
}

static void print_stats(const struct histogram *histogram, FILE *out)
{
    for (size_t i = 0; i < STATS; i++) {
        fprintf(out, "%c\"%s\":", i == 0 ? '{' : ',', load_stat_names[i].json);
        print_if(histogram->count > 0, load_stat(histogram, i), out);
    }
    fputc('}', out);
}

static void print_latencies(const struct load_result *result, FILE *out)
{
    fputs(",\"latency_ns\":", out);
    for (size_t i = 0; i < LATENCIES; i++) {
        fprintf(out, "%c\"%s\":", i == 0 ? '{' : ',', load_latency_names[i]);
        print_stats(load_latency(result, i), out);
    }
    fputc('}', out);
}

/* How well an open loop held its schedule, and what was late in either. */
static void print_schedule(const struct load_plan *plan, const struct load_result *result,
                           FILE *out)
{
    fputs(",\"schedule\":", out);
    if (plan->rate > 0) {
        fputs("{\"lag_ns\":", out);
        print_stats(&result->lag, out);
        fputc('}', out);
    } else {
        fputs("null", out);
    }
    fputs(",\"late\":{\"began\":", out);
    print_if(plan->rate > 0, result->began_late, out);
    fprintf(out, ",\"ended\":%" PRIu64 ",\"began_over_ns\":%" PRId64 ",\"ended_over_ns\":%" PRId64,
            result->ended_late, LOAD_LATE_START_NS, plan->late_ns);
    fputc('}', out);
}

static void print_model(const struct target *target, const struct load_plan *plan, FILE *out)
{
    fputs(",\"target\":", out);
    json_print_text(target->text, out);
    fprintf(out,
            ",\"model\":{\"loop\":\"%s\",\"connections\":%zu,\"processes\":%zu,\"size\":%zu"
            ",\"datagram\":%s,\"keep_open\":%s,\"expect\":\"%s\",\"warm_up_ns\":%" PRId64,
            plan->rate > 0 ? "open" : "closed", plan->connections, plan->processes, plan->size,
            plan->endpoint.type == SOCK_DGRAM ? "true" : "false",
            plan->keep_open ? "true" : "false", load_expect_names[plan->expect], plan->warm_up_ns);
    fputs(",\"duration_ns\":", out);
    print_if(plan->duration_ns != NUMBER_UNLIMITED, (uint64_t)plan->duration_ns, out);
    fputs(",\"requests\":", out);
    print_if(plan->requests != NUMBER_UNLIMITED, (uint64_t)plan->requests, out);
    fputs(",\"hold_ns\":", out);
    print_if(plan->hold_ns > 0, (uint64_t)plan->hold_ns, out);
    fprintf(out, ",\"connect_timeout_ns\":%" PRId64 ",\"timeout_ns\":%" PRId64 "}",
            plan->connect_timeout_ns, plan->timeout_ns);
}

static void print_run(const struct load_plan *plan, const struct load_result *result, FILE *out)
{
    fprintf(out,
            ",\"seed\":%" PRIu32 ",\"elapsed_ns\":%" PRId64 ",\"cpu_ns\":%" PRId64
            ",\"interrupted\":%s",
            plan->seed, result->elapsed_ns, result->cpu_ns, result->interrupted ? "true" : "false");
}

static void print_checks(const struct load_checks *checks, const struct load_result *result,
                         FILE *out)
{
    fputs(",\"checks\":[", out);
    for (size_t i = 0; i < checks->count; i++) {
        struct load_finding finding = load_check_judge(&checks->all[i], result);

        fprintf(out, "%s{\"check\":", i == 0 ? "" : ",");
        json_print_text(checks->all[i].text, out);
        fprintf(out, ",\"passed\":%s,\"value\":", finding.passed ? "true" : "false");
        if (finding.measured)
            fprintf(out, "%.15g}", finding.value);
        else
            fputs("null}", out);
    }
    fputc(']', out);
}

/* What of this machine a figure depends on; its name is nobody's business. */
static void print_host(FILE *out)
{
    struct utsname host;

    fputs(",\"version\":", out);
    json_print_text(VERSION, out);
    fputs(",\"host\":{\"kernel\":", out);
    if (uname(&host) < 0)
        host = (struct utsname){.release = "?", .machine = "?"};
    json_print_text(host.release, out);
    fputs(",\"machine\":", out);
    json_print_text(host.machine, out);
    fprintf(out, ",\"cpus\":%ld}", sysconf(_SC_NPROCESSORS_ONLN));
}

static void print_histograms(const struct load_result *result, FILE *out)
{
    fputs(",\"histogram_ns\":", out);
    for (size_t i = 0; i < LATENCIES; i++) {
        uint64_t value, count;
        size_t bucket = 0;
        bool first = true;

        fprintf(out, "%c\"%s\":[", i == 0 ? '{' : ',', load_latency_names[i]);
        for (; histogram_next(load_latency(result, i), &bucket, &value, &count); first = false)
            fprintf(out, "%s[%" PRIu64 ",%" PRIu64 "]", first ? "" : ",", value, count);
        fputc(']', out);
    }
    fputc('}', out);
}

void load_json_print(const struct target *target, const struct load_plan *plan,
                     const struct load_result *result, const struct load_checks *checks, FILE *out)
{
    char verdict[LOAD_VERDICT_SIZE];

    load_verdict(plan, result, verdict);
    fputc('{', out);
    print_counts(result, out);
    print_rate(plan, result, out);
    print_latencies(result, out);
    if (plan->hold_ns > 0)
        fprintf(out, ",\"held\":%" PRIu64, result->held);
    fprintf(out, ",\"verdict\":\"%s\"", verdict);
    print_schedule(plan, result, out);
    print_model(target, plan, out);
    print_run(plan, result, out);
    print_checks(checks, result, out);
    print_host(out);
    print_histograms(result, out);
    fputs("}\n", out);
}
