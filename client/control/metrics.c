/*
 * metrics: see metrics.h. A worker's pid is never a label: each restart would begin a new series.
 */
#include "client/control/metrics.h"

#include <inttypes.h>

#include "common/clock.h"
#include "common/text.h"

static void print_head(const char *name, const char *type, const char *help, FILE *out)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
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

static void print_stat(const struct pool_stat *stat, const struct snapshot *snapshot, FILE *out)
{
    char name[128];

    snprintf(name, sizeof(name), "preforkd_%s", stat->metric);
    print_head(name, stat->kind == POOL_STAT_COUNTER ? "counter" : "gauge", stat->help, out);
    for (size_t i = 0; i < snapshot->pool_count; i++) {
        int64_t value = pool_stat_get(stat, &snapshot->pools[i].stats);

        if (value == STAT_UNKNOWN)
            continue;
        fprintf(out, "%s{pool=\"", name);
        print_label(snapshot->pools[i].name, out);
        fprintf(out, "\"} %" PRId64 "\n", value);
    }
}

static double seconds(int64_t ns)
{
    return (double)ns / (double)NS_PER_S;
}

/* Print the histogram NAME of POOL: a bucket for each power of two, empty ones too, as the set of
 * bounds never changes. SUM_NS is that of all; STAT_UNKNOWN: nothing is printed. */
static void print_durations(const char *name, const struct snapshot_pool *pool,
                            const uint64_t counts[DURATION_BUCKETS], int64_t sum_ns, FILE *out)
{
    uint64_t count = 0;

    if (sum_ns == STAT_UNKNOWN)
        return;
    for (size_t bucket = 0; bucket < DURATION_BUCKETS; bucket++) {
        int64_t bound_ns = duration_bound_ns(bucket);

        count += counts[bucket];
        if (bucket % 2 != 0 && bound_ns != INT64_MAX)
            continue;
        fprintf(out, "%s_bucket{pool=\"", name);
        print_label(pool->name, out);
        if (bound_ns == INT64_MAX)
            fprintf(out, "\",le=\"+Inf\"} %" PRIu64 "\n", count);
        else
            fprintf(out, "\",le=\"%.9g\"} %" PRIu64 "\n", seconds(bound_ns), count);
    }
    fprintf(out, "%s_sum{pool=\"", name);
    print_label(pool->name, out);
    fprintf(out, "\"} %.9f\n%s_count{pool=\"", seconds(sum_ns), name);
    print_label(pool->name, out);
    fprintf(out, "\"} %" PRIu64 "\n", count);
}

static void print_connection_durations(const struct snapshot *snapshot, FILE *out)
{
    static const char name[] = "preforkd_connection_duration_seconds";

    print_head(name, "histogram", "Duration of connections.", out);
    for (size_t i = 0; i < snapshot->pool_count; i++) {
        const struct snapshot_pool *pool = &snapshot->pools[i];

        print_durations(name, pool, pool->took, pool->stats.took_sum_ns, out);
    }
}

/* Of pools that run programs. */
static void print_exec_durations(const struct snapshot *snapshot, FILE *out)
{
    static const char name[] = "preforkd_program_exec_seconds";

    print_head(name, "histogram", "Time from accept to the exec of a program.", out);
    for (size_t i = 0; i < snapshot->pool_count; i++) {
        const struct snapshot_pool *pool = &snapshot->pools[i];

        if (pool->stats.programs_ok != STAT_UNKNOWN)
            print_durations(name, pool, pool->exec, pool->stats.exec_sum_ns, out);
    }
}

void metrics_print(const struct snapshot *snapshot, FILE *out)
{
    print_head("preforkd_info", "gauge", "The version of the running master.", out);
    fputs("preforkd_info{version=\"", out);
    print_label(snapshot->version, out);
    fputs("\"} 1\n", out);
    print_head("preforkd_uptime_seconds", "gauge", "Time since the master started.", out);
    if (snapshot->uptime_ns >= 0)
        fprintf(out, "preforkd_uptime_seconds %.3f\n", seconds(snapshot->uptime_ns));
    print_head("preforkd_log_lines_dropped_total", "counter", "Log lines dropped.", out);
    if (snapshot->log_lines_dropped >= 0)
        fprintf(out, "preforkd_log_lines_dropped_total %" PRId64 "\n", snapshot->log_lines_dropped);
    for (size_t i = 0; i < pool_stat_count; i++) {
        if (pool_stat_table[i].metric != NULL)
            print_stat(&pool_stat_table[i], snapshot, out);
    }
    print_connection_durations(snapshot, out);
    print_exec_durations(snapshot, out);
}
