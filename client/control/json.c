/*
 * json: see json.h.
 */
#include "client/control/json.h"

#include <inttypes.h>

#include "common/json_writer.h"

static void print_number(const char *name, int64_t value, FILE *out)
{
    if (value < 0)
        fprintf(out, "\"%s\":null,", name);
    else
        fprintf(out, "\"%s\":%" PRId64 ",", name, value);
}

static void print_text(const char *name, const char *text, FILE *out)
{
    fprintf(out, "\"%s\":", name);
    if (text == NULL)
        fputs("null", out);
    else
        json_print_text(text, out);
}

static void print_pool(const struct ctl_pool *pool, FILE *out)
{
    json_print_text(pool->name, out);
    fputs(":{", out);
    print_text("state", pool->state, out);
    fputc(',', out);
    for (size_t i = 0; i < pool_stat_count; i++)
        print_number(pool_stat_table[i].name, pool_stat_get(&pool_stat_table[i], &pool->figures),
                     out);
    print_number("took_p50_ns", duration_percentile_ns(pool->took, 500000), out);
    print_number("took_p99_ns", duration_percentile_ns(pool->took, 990000), out);
    print_text("oldest_peer", pool->oldest_peer, out);
    fputc(',', out);
    print_text("endpoint", pool->endpoint, out);
    fputc('}', out);
}

static void print_pools(const struct ctl_snapshot *snapshot,
                        void (*print)(const struct ctl_pool *pool, FILE *out), FILE *out)
{
    fputs("\"pools\":{", out);
    for (size_t i = 0; i < snapshot->pool_count; i++) {
        if (i > 0)
            fputc(',', out);
        print(&snapshot->pools[i], out);
    }
    fputs("}}\n", out);
}

void ctl_json_status(const struct ctl_snapshot *snapshot, FILE *out)
{
    fputc('{', out);
    print_number("pid", snapshot->pid, out);
    print_text("version", snapshot->version, out);
    fputc(',', out);
    print_number("uptime_ns", snapshot->uptime_ns, out);
    print_text("phase", snapshot->phase, out);
    fputc(',', out);
    print_number("log_lines_dropped", snapshot->log_lines_dropped, out);
    print_pools(snapshot, print_pool, out);
}

static void print_workers(const struct ctl_pool *pool, FILE *out)
{
    json_print_text(pool->name, out);
    fputs(":[", out);
    for (size_t i = 0; i < pool->worker_count; i++) {
        const struct ctl_worker *worker = &pool->workers[i];

        fputs(i == 0 ? "{" : ",{", out);
        print_number("slot", (int64_t)worker->slot, out);
        print_number("pid", worker->pid, out);
        print_number("generation", worker->generation, out);
        print_text("state", worker_state_names[worker->state], out);
        fputc(',', out);
        print_number("since_ns", worker->since_ns, out);
        print_number("connections", worker->connections, out);
        print_text("peer", worker->peer, out);
        fputc('}', out);
    }
    fputc(']', out);
}

void ctl_json_workers(const struct ctl_snapshot *snapshot, FILE *out)
{
    fputc('{', out);
    print_pools(snapshot, print_workers, out);
}
