/*
 * metrics: see metrics.h. A worker's pid is never a label: each restart would begin a new series.
 */
#include "client/control/metrics.h"

#include <inttypes.h>
#include <string.h>

#include "common/clock.h"
#include "common/text.h"

static const char of_counters[] = "_total";

/* Where the samples go, and what all of them have in common. */
struct sheet {
    FILE *out;
    enum metrics_format format;
    const char *master; /* its name */
};

/* In OpenMetrics the name of a counter is that of its sample without `_total`. */
static void print_head(const struct sheet *sheet, const char *name, const char *type,
                       const char *help)
{
    size_t length = strlen(name);

    if (sheet->format == METRICS_OPENMETRICS && strcmp(type, "counter") == 0)
        length -= strlen(of_counters);
    fprintf(sheet->out, "# HELP %.*s %s\n# TYPE %.*s %s\n", (int)length, name, help, (int)length,
            name, type);
}

/* Print TEXT as the value of a label: `\` and `"` are escaped, control characters shown as `?`. */
static void print_label(const char *text, FILE *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '\\' || *text == '"')
            fputc('\\', out);
        fputc(text_is_control(*text) ? '?' : *text, out);
    }
}

/* Print a sample of POOL, NULL: of the master, up to its labels, which do not end here. */
static void begin_sample(const struct sheet *sheet, const char *name, const char *suffix,
                         const struct snapshot_pool *pool)
{
    fprintf(sheet->out, "%s%s{master=\"", name, suffix);
    print_label(sheet->master, sheet->out);
    if (pool != NULL) {
        fputs("\",pool=\"", sheet->out);
        print_label(pool->name, sheet->out);
    }
    fputc('"', sheet->out);
}

static void print_stat(const struct sheet *sheet, const struct pool_stat *stat,
                       const struct snapshot *snapshot)
{
    char name[128];

    snprintf(name, sizeof(name), "preforkd_%s", stat->metric);
    print_head(sheet, name, stat->kind == POOL_STAT_COUNTER ? "counter" : "gauge", stat->help);
    for (size_t i = 0; i < snapshot->pool_count; i++) {
        int64_t value = pool_stat_get(stat, &snapshot->pools[i].stats);

        if (value == STAT_UNKNOWN)
            continue;
        begin_sample(sheet, name, "", &snapshot->pools[i]);
        fprintf(sheet->out, "} %" PRId64 "\n", value);
    }
}

static double seconds(int64_t ns)
{
    return (double)ns / (double)NS_PER_S;
}

/* Print the histogram NAME of POOL: a bucket for each power of two, empty ones too, as the set of
 * bounds never changes. SUM_NS is that of all; STAT_UNKNOWN: nothing is printed. */
static void print_durations(const struct sheet *sheet, const char *name,
                            const struct snapshot_pool *pool,
                            const uint64_t counts[DURATION_BUCKETS], int64_t sum_ns)
{
    uint64_t count = 0;

    if (sum_ns == STAT_UNKNOWN)
        return;
    for (size_t bucket = 0; bucket < DURATION_BUCKETS; bucket++) {
        int64_t bound_ns = duration_bound_ns(bucket);

        count += counts[bucket];
        if (bucket % 2 != 0 && bound_ns != INT64_MAX)
            continue;
        begin_sample(sheet, name, "_bucket", pool);
        if (bound_ns == INT64_MAX)
            fprintf(sheet->out, ",le=\"+Inf\"} %" PRIu64 "\n", count);
        else
            fprintf(sheet->out, ",le=\"%.9g\"} %" PRIu64 "\n", seconds(bound_ns), count);
    }
    begin_sample(sheet, name, "_sum", pool);
    fprintf(sheet->out, "} %.9f\n", seconds(sum_ns));
    begin_sample(sheet, name, "_count", pool);
    fprintf(sheet->out, "} %" PRIu64 "\n", count);
}

static void print_connection_durations(const struct sheet *sheet, const struct snapshot *snapshot)
{
    static const char name[] = "preforkd_connection_duration_seconds";

    print_head(sheet, name, "histogram", "Duration of connections.");
    for (size_t i = 0; i < snapshot->pool_count; i++) {
        const struct snapshot_pool *pool = &snapshot->pools[i];

        print_durations(sheet, name, pool, pool->took, pool->stats.took_sum_ns);
    }
}

/* Of pools that run programs. */
static void print_exec_durations(const struct sheet *sheet, const struct snapshot *snapshot)
{
    static const char name[] = "preforkd_program_exec_seconds";

    print_head(sheet, name, "histogram", "Time from accept to the exec of a program.");
    for (size_t i = 0; i < snapshot->pool_count; i++) {
        const struct snapshot_pool *pool = &snapshot->pools[i];

        if (pool->stats.programs_ok != STAT_UNKNOWN)
            print_durations(sheet, name, pool, pool->exec, pool->stats.exec_sum_ns);
    }
}

static void print_master(const struct sheet *sheet, const struct snapshot *snapshot)
{
    print_head(sheet, "preforkd_build_info", "gauge", "1, with the version of the running master.");
    begin_sample(sheet, "preforkd_build_info", "", NULL);
    fputs(",version=\"", sheet->out);
    print_label(snapshot->version, sheet->out);
    fputs("\"} 1\n", sheet->out);
    print_head(sheet, "preforkd_uptime_seconds", "gauge", "Time since the master started.");
    if (snapshot->uptime_ns >= 0) {
        begin_sample(sheet, "preforkd_uptime_seconds", "", NULL);
        fprintf(sheet->out, "} %.3f\n", seconds(snapshot->uptime_ns));
    }
    print_head(sheet, "preforkd_log_lines_dropped_total", "counter", "Log lines dropped.");
    if (snapshot->log_lines_dropped >= 0) {
        begin_sample(sheet, "preforkd_log_lines_dropped_total", "", NULL);
        fprintf(sheet->out, "} %" PRId64 "\n", snapshot->log_lines_dropped);
    }
}

void metrics_print(const struct snapshot *snapshot, enum metrics_format format, FILE *out)
{
    const struct sheet sheet = {out, format, snapshot->name == NULL ? "" : snapshot->name};

    print_master(&sheet, snapshot);
    for (size_t i = 0; i < pool_stat_count; i++) {
        if (pool_stat_table[i].metric != NULL)
            print_stat(&sheet, &pool_stat_table[i], snapshot);
    }
    print_connection_durations(&sheet, snapshot);
    print_exec_durations(&sheet, snapshot);
    if (format == METRICS_OPENMETRICS)
        fputs("# EOF\n", out);
}
