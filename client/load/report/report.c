/*
 * report: see report.h. Each function prints one part, which begins with its name.
 */
#include "client/load/report/report.h"

#include <inttypes.h>

#include "client/load/report/chart.h"
#include "client/load/report/metrics.h"
#include "client/load/report/verdict.h"
#include "client/shared/format.h"
#include "common/clock.h"
#include "common/number.h"

static void print_target(const struct target *target, FILE *out)
{
    fprintf(out, "%-12s %s", "target", target->text);
    if (target->pool != NULL)
        fprintf(out, ", pool %s, service %s", target->pool->name, target->pool->service);
    fputc('\n', out);
}

static void print_loop(const struct load_plan *plan, FILE *out)
{
    fprintf(out, "%-12s ", "model");
    if (plan->rate > 0)
        fprintf(out, "open loop, %" PRId64 "/s, up to ", plan->rate);
    else
        fputs("closed loop, ", out);
    fprintf(out, "%zu %s%s, ", plan->connections,
            plan->endpoint.type == SOCK_DGRAM ? "datagram socket" : "connection",
            plan->connections == 1 ? "" : "s");
}

static void print_model(const struct load_plan *plan, FILE *out)
{
    char duration[FORMAT_SIZE];

    print_loop(plan, out);
    number_format_duration(plan->hold_ns, duration);
    if (plan->hold_ns > 0)
        fprintf(out, "held open together for %s", duration);
    else if (plan->keep_open)
        fputs("kept open", out);
    else
        fputs("one request each", out);
    fprintf(out, ", %zu byte%s a request\n", plan->size, plan->size == 1 ? "" : "s");
    fprintf(out, "%-12s from %zu process%s", "", plan->processes, plan->processes == 1 ? "" : "es");
    number_format_duration(plan->warm_up_ns, duration);
    if (plan->warm_up_ns > 0)
        fprintf(out, ", after a warm-up of %s that does not count", duration);
    fputc('\n', out);
}

static void print_counts(const struct load_plan *plan, const struct load_result *result, FILE *out)
{
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
}

static void print_lag(const struct histogram *lag, size_t stat, FILE *out)
{
    char text[FORMAT_SIZE] = "-";

    if (lag->count > 0)
        format_latency(load_stat(lag, stat), text);
    fprintf(out, " %s %s", load_stat_names[stat].text, text);
}

static void print_schedule(const struct load_plan *plan, const struct load_result *result,
                           FILE *out)
{
    char late[FORMAT_SIZE];

    number_format_duration(LOAD_LATE_START_NS, late);
    if (plan->rate > 0) {
        fprintf(out, "%-12s asked %" PRId64 "/s, %" PRIu64 " began over %s late, lag", "schedule",
                plan->rate, result->began_late, late);
        print_lag(&result->lag, STAT_P50, out);
        print_lag(&result->lag, STAT_P99, out);
        print_lag(&result->lag, STAT_MAX, out);
        fputc('\n', out);
    }
    number_format_duration(plan->late_ns, late);
    fprintf(out, "%-12s %" PRIu64 " ended more than %s after they were due\n", "late",
            result->ended_late, late);
}

static void print_rate(const struct load_result *result, FILE *out)
{
    fprintf(out, "%-12s %.1f/s in %.3f s\n", "rate", load_rate(result),
            (double)result->elapsed_ns / (double)NS_PER_S);
}

static void print_latencies(const struct load_result *result, FILE *out)
{
    fprintf(out, "%-12s", "latency");
    for (size_t i = 0; i < STATS; i++)
        fprintf(out, " %7s", load_stat_names[i].text);
    fputc('\n', out);
    for (size_t row = 0; row < LATENCIES; row++) {
        const struct histogram *histogram = load_latency(result, row);

        fprintf(out, "  %-10s", load_latency_names[row]);
        for (size_t i = 0; i < STATS; i++) {
            char text[FORMAT_SIZE] = "-";

            if (histogram->count > 0)
                format_latency(load_stat(histogram, i), text);
            fprintf(out, " %7s", text);
        }
        fputc('\n', out);
    }
}

/* Print all kinds of errors, those that did not occur too: their absence is worth knowing. */
static void print_errors(const struct load_result *result, FILE *out)
{
    for (int i = 0; i < LOAD_ERRORS; i++) {
        if (i == 0 || i == CONNECT_ERRORS)
            fprintf(out, "%-12s %s: ", i == 0 ? "errors" : "", i == 0 ? "connect" : "reply");
        else
            fputs(", ", out);
        fprintf(out, "%s %" PRIu64, load_error_names[i].text, result->errors[i]);
        if (i == CONNECT_ERRORS - 1 || i == LOAD_ERRORS - 1)
            fputc('\n', out);
    }
}

static void print_note(const struct load_plan *plan, FILE *out)
{
    if (plan->rate > 0)
        return;
    fprintf(out,
            "%-12s a closed loop sends nothing while it waits for a reply: a stall of the server\n"
            "%-12s delays few requests here, so these latencies under-count stalls; --rate counts\n"
            "%-12s them\n",
            "note", "", "");
}

static void print_checks(const struct load_checks *checks, const struct load_result *result,
                         FILE *out)
{
    for (size_t i = 0; i < checks->count; i++) {
        struct load_finding finding = load_check_judge(&checks->all[i], result);

        fprintf(out, "%s %s (%s)\n", finding.passed ? "PASS" : "FAIL", checks->all[i].text,
                finding.text);
    }
}

void load_report_print(const struct target *target, const struct load_plan *plan,
                       const struct load_result *result, const struct load_checks *checks,
                       FILE *out)
{
    char verdict[LOAD_VERDICT_SIZE];

    load_verdict(plan, result, checks, verdict);
    print_target(target, out);
    print_model(plan, out);
    print_counts(plan, result, out);
    print_schedule(plan, result, out);
    print_rate(result, out);
    print_latencies(result, out);
    load_chart_print(&result->response, "response", out);
    print_errors(result, out);
    print_note(plan, out);
    fprintf(out, "%-12s %s\n", "verdict", verdict);
    print_checks(checks, result, out);
}
