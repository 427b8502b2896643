/*
 * report: see report.h.
 */
#include "client/load/report.h"

#include <inttypes.h>
#include <string.h>

#include "client/load/format.h"
#include "client/load/verdict.h"
#include "common/clock.h"
#include "common/number.h"

/* In the order of enum load_error. */
static const struct {
    const char *json, *text;
} error_names[LOAD_ERRORS] = {
    {"connect_refused", "refused"},   {"connect_backlog_full", "backlog full"},
    {"connect_no_ports", "no ports"}, {"connect_descriptor_limit", "descriptor limit"},
    {"connect_timeout", "timeout"},   {"connect_other", "other"},
    {"reply_reset", "reset"},         {"reply_short", "short"},
    {"reply_extra", "extra"},         {"reply_mismatch", "mismatch"},
    {"reply_timeout", "timeout"},
};

static const struct {
    const char *json, *text;
    uint32_t per_million;
} percentiles[] = {
    {"p50", "p50", 500000},     {"p90", "p90", 900000},       {"p99", "p99", 990000},
    {"p99_9", "p99.9", 999000}, {"p99_99", "p99.99", 999900},
};

enum { PERCENTILES = sizeof(percentiles) / sizeof(percentiles[0]) };

static const struct {
    const char *name;
    size_t offset;
} latencies[] = {
    {"response", offsetof(struct load_result, response)},
    {"service", offsetof(struct load_result, service)},
    {"connect", offsetof(struct load_result, connect)},
};

enum { LATENCIES = sizeof(latencies) / sizeof(latencies[0]) };

static const struct histogram *latency(const struct load_result *result, size_t i)
{
    return (const struct histogram *)(const void *)((const char *)result + latencies[i].offset);
}

static double seconds(int64_t ns)
{
    return (double)ns / (double)NS_PER_S;
}

static double achieved_rate(const struct load_result *result)
{
    return result->elapsed_ns > 0 ? (double)result->ok / seconds(result->elapsed_ns) : 0;
}

static void print_cell(const struct histogram *histogram, uint64_t ns, FILE *out)
{
    char text[FORMAT_SIZE] = "-";

    if (histogram->count > 0)
        format_latency(ns, text);
    fprintf(out, " %8s", text);
}

static void print_latencies(const struct load_result *result, FILE *out)
{
    fprintf(out, "%-12s %8s %8s", "latency", "min", "mean");
    for (size_t i = 0; i < PERCENTILES; i++)
        fprintf(out, " %8s", percentiles[i].text);
    fprintf(out, " %8s\n", "max");
    for (size_t row = 0; row < LATENCIES; row++) {
        const struct histogram *histogram = latency(result, row);

        fprintf(out, "  %-10s", latencies[row].name);
        print_cell(histogram, histogram->min, out);
        print_cell(histogram, histogram_mean(histogram), out);
        for (size_t i = 0; i < PERCENTILES; i++)
            print_cell(histogram, histogram_percentile(histogram, percentiles[i].per_million), out);
        print_cell(histogram, histogram->max, out);
        fputc('\n', out);
    }
}

static void print_errors(const struct load_result *result, FILE *out)
{
    for (int i = 0; i < LOAD_ERRORS; i++) {
        if (i == 0 || i == CONNECT_ERRORS)
            fprintf(out, "%-12s ", i == 0 ? "errors" : "");
        fprintf(out, "%s%s %" PRIu64,
                i == 0                ? "connect: "
                : i == CONNECT_ERRORS ? "reply: "
                                      : ", ",
                error_names[i].text, result->errors[i]);
        if (i == CONNECT_ERRORS - 1 || i == LOAD_ERRORS - 1)
            fputc('\n', out);
    }
}

static void print_model(const struct load_plan *plan, FILE *out)
{
    char hold[FORMAT_SIZE];

    number_format_duration(plan->hold_ns, hold);
    fprintf(out, "%-12s closed loop, %zu %s, ", "model", plan->connections,
            plan->endpoint.type == SOCK_DGRAM ? "datagram sockets" : "connections");
    if (plan->hold_ns > 0)
        fprintf(out, "held open together for %s", hold);
    else if (plan->keep_open)
        fputs("kept open", out);
    else
        fputs("one request each", out);
    fprintf(out, ", %zu byte%s a request\n", plan->size, plan->size == 1 ? "" : "s");
}

void load_report_text(const struct target *target, const struct load_plan *plan,
                      const struct load_result *result, FILE *out)
{
    char verdict[LOAD_VERDICT_SIZE];

    load_verdict(plan, result, verdict);
    fprintf(out, "%-12s %s", "target", target->text);
    if (target->pool != NULL)
        fprintf(out, ", pool %s, service %s", target->pool->name, target->pool->service);
    fputc('\n', out);
    print_model(plan, out);
    fprintf(out,
            "%-12s scheduled %" PRIu64 ", sent %" PRIu64 ", ok %" PRIu64 ", failed %" PRIu64
            ", dropped %" PRIu64 "\n",
            "counts", result->scheduled, result->sent, result->ok, result->failed, result->dropped);
    if (plan->hold_ns > 0)
        fprintf(out, "%-12s %" PRIu64 " of %zu connections open at once to the end of the hold\n",
                "held", result->held, plan->connections);
    if (result->waited > 0)
        fprintf(out, "%-12s %" PRIu64 " requests found the accept queue full and waited\n",
                "waited", result->waited);
    fprintf(out, "%-12s %.1f/s in %.3f s\n", "rate", achieved_rate(result),
            seconds(result->elapsed_ns));
    print_latencies(result, out);
    print_errors(result, out);
    fprintf(out,
            "%-12s a closed loop sends nothing while it waits for a reply: a stall of the server\n"
            "%-12s delays few requests here, so these latencies under-count stalls\n",
            "note", "");
    fprintf(out, "%-12s %s\n", "verdict", verdict);
}

static void print_json_number(const struct histogram *histogram, const char *name, uint64_t ns,
                              FILE *out)
{
    if (histogram->count > 0)
        fprintf(out, "\"%s\":%" PRIu64, name, ns);
    else
        fprintf(out, "\"%s\":null", name);
}

static void print_json_latency(const struct histogram *histogram, const char *name, FILE *out)
{
    fprintf(out, "\"%s\":{", name);
    print_json_number(histogram, "min", histogram->min, out);
    fputc(',', out);
    print_json_number(histogram, "mean", histogram_mean(histogram), out);
    for (size_t i = 0; i < PERCENTILES; i++) {
        fputc(',', out);
        print_json_number(histogram, percentiles[i].json,
                          histogram_percentile(histogram, percentiles[i].per_million), out);
    }
    fputc(',', out);
    print_json_number(histogram, "max", histogram->max, out);
    fputc('}', out);
}

void load_report_json(const struct load_plan *plan, const struct load_result *result, FILE *out)
{
    char verdict[LOAD_VERDICT_SIZE];

    load_verdict(plan, result, verdict);
    fprintf(out,
            "{\"counts\":{\"scheduled\":%" PRIu64 ",\"sent\":%" PRIu64 ",\"ok\":%" PRIu64
            ",\"failed\":%" PRIu64 ",\"dropped\":%" PRIu64 "},",
            result->scheduled, result->sent, result->ok, result->failed, result->dropped);
    for (int i = 0; i < LOAD_ERRORS; i++)
        fprintf(out, "%s\"%s\":%" PRIu64, i == 0 ? "\"errors\":{" : ",", error_names[i].json,
                result->errors[i]);
    fputs("},\"rate\":{\"target\":null,", out);
    if (result->elapsed_ns > 0)
        fprintf(out, "\"achieved\":%.1f},\"latency_ns\":{", achieved_rate(result));
    else
        fputs("\"achieved\":null},\"latency_ns\":{", out);
    for (size_t i = 0; i < LATENCIES; i++) {
        if (i > 0)
            fputc(',', out);
        print_json_latency(latency(result, i), latencies[i].name, out);
    }
    fputs("},", out);
    if (plan->hold_ns > 0)
        fprintf(out, "\"held\":%" PRIu64 ",", result->held);
    fprintf(out, "\"verdict\":\"%s\"}\n", verdict);
}

void load_report_progress(const struct load_plan *plan, const struct load_result *so_far,
                          int64_t elapsed_ns)
{
    char p99[FORMAT_SIZE];

    (void)plan;
    format_latency(histogram_percentile(&so_far->response, 990000), p99);
    fprintf(stderr, "%3.0fs  %" PRIu64 " ok  p99 %s\n", seconds(elapsed_ns), so_far->ok, p99);
}
