/*
 * table: see table.h.
 */
#include "client/ctl/view/tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/ctl/view/layout.h"
#include "client/ctl/view/terminal.h"
#include "client/shared/format.h"
#include "common/text.h"

/* Where no terminal sets a width: enough for anything. What is read by programs is JSON. */
enum { COLUMNS = 200 };

static const struct ctl_pool *pool_of(const void *row)
{
    return row;
}

/* Four digits that matter, at most: 9999, 12.3k, 4.56M. */
static void write_number(double value, char text[CTL_CELL_SIZE])
{
    static const char units[] = " kMGTP";
    size_t unit = 0;

    for (; value >= 9999.5 && units[unit + 1] != '\0'; value /= 1000)
        unit++;
    if (value < 0)
        snprintf(text, CTL_CELL_SIZE, "-");
    else if (unit == 0)
        snprintf(text, CTL_CELL_SIZE, "%.*f", value > 0 && value < 9.95 && value != (int)value,
                 value);
    else
        snprintf(text, CTL_CELL_SIZE, "%.*f%c", value < 99.95, value, units[unit]);
}

static void write_latency(const struct ctl_pool *pool, uint32_t per_million,
                          char text[CTL_CELL_SIZE])
{
    int64_t ns = duration_percentile_ns(pool->took, per_million);

    if (ns < 0)
        snprintf(text, CTL_CELL_SIZE, "-");
    else
        format_latency((uint64_t)ns, text);
}

static void write_name(const void *row, char text[CTL_CELL_SIZE])
{
    text_copy_printable(pool_of(row)->name, text, CTL_CELL_SIZE);
}

static void write_state(const void *row, char text[CTL_CELL_SIZE])
{
    text_copy_printable(pool_of(row)->state, text, CTL_CELL_SIZE);
}

static void write_workers(const void *row, char text[CTL_CELL_SIZE])
{
    const struct pool_stats *pool = &pool_of(row)->figures;

    if (pool->min == pool->max)
        snprintf(text, CTL_CELL_SIZE, "%" PRId64, pool->min);
    else
        snprintf(text, CTL_CELL_SIZE, "%" PRId64 "..%" PRId64, pool->min, pool->max);
}

static void write_queue(const void *row, char text[CTL_CELL_SIZE])
{
    const struct pool_stats *pool = &pool_of(row)->figures;

    if (pool->queue < 0)
        snprintf(text, CTL_CELL_SIZE, "-");
    else
        snprintf(text, CTL_CELL_SIZE, "%" PRId64 "/%" PRId64, pool->queue, pool->queue_limit);
}

/* A column that is a figure and nothing else. */
#define FIGURE_COLUMN(name, divisor)                                                               \
    static void write_##name(const void *row, char text[CTL_CELL_SIZE])                            \
    {                                                                                              \
        int64_t value = pool_of(row)->figures.name;                                                \
                                                                                                   \
        write_number(value < 0 ? -1 : (double)value / (divisor), text);                            \
    }

FIGURE_COLUMN(busy, 1)
FIGURE_COLUMN(idle, 1)
FIGURE_COLUMN(queue_peak, 1)
FIGURE_COLUMN(accepted, 1)
FIGURE_COLUMN(accepted_1s, 1)
FIGURE_COLUMN(accepted_10s, 10)
FIGURE_COLUMN(accepted_60s, 60)
FIGURE_COLUMN(crashes, 1)
FIGURE_COLUMN(timeouts, 1)
FIGURE_COLUMN(max_reached, 1)

static void write_p50(const void *row, char text[CTL_CELL_SIZE])
{
    write_latency(pool_of(row), 500000, text);
}

static void write_p99(const void *row, char text[CTL_CELL_SIZE])
{
    write_latency(pool_of(row), 990000, text);
}

static const struct ctl_column status_columns[] = {
    {"pool", 0, 8, write_name},         {"state", 2, 0, write_state},
    {"busy", 0, 0, write_busy},         {"idle", 0, 0, write_idle},
    {"workers", 1, 0, write_workers},   {"queue", 0, 0, write_queue},
    {"peak", 8, 0, write_queue_peak},   {"accepted", 3, 0, write_accepted},
    {"1s", 4, 0, write_accepted_1s},    {"10s", 9, 0, write_accepted_10s},
    {"60s", 7, 0, write_accepted_60s},  {"p50", 10, 0, write_p50},
    {"p99", 4, 0, write_p99},           {"crashes", 5, 0, write_crashes},
    {"timeouts", 6, 0, write_timeouts}, {"full", 11, 0, write_max_reached},
};

static void write_head(const struct ctl_snapshot *snapshot, FILE *out)
{
    char version[64], phase[32], up[FORMAT_SIZE];

    text_copy_printable(snapshot->version, version, sizeof(version));
    text_copy_printable(snapshot->phase, phase, sizeof(phase));
    format_span(snapshot->uptime_ns, " ", up);
    fprintf(out, "preforkd %s, process %" PRId64 ", %s, up %s\n", version, snapshot->pid, phase,
            up);
    if (snapshot->log_lines_dropped > 0)
        fprintf(out, "lines of the log lost: %" PRId64 "\n", snapshot->log_lines_dropped);
    fputc('\n', out);
}

static void write_table(const struct ctl_column *columns, size_t column_count,
                        const void *const *rows, size_t row_count, FILE *out)
{
    struct ctl_lines lines = {.out = out, .columns = COLUMNS, .rows = SIZE_MAX};
    size_t rows_of_terminal;
    const struct ctl_table table = {
        .columns = columns, .column_count = column_count, .rows = rows, .row_count = row_count};

    if (isatty(STDOUT_FILENO))
        ctl_screen_measure(&lines.columns, &rows_of_terminal);
    ctl_line_table(&lines, &table);
}

int ctl_table_status(const struct ctl_snapshot *snapshot, FILE *out)
{
    const void **rows = calloc(snapshot->pool_count + 1, sizeof(*rows));
    char name[CTL_CELL_SIZE], endpoint[CTL_CELL_SIZE];

    if (rows == NULL)
        return -1;
    for (size_t i = 0; i < snapshot->pool_count; i++)
        rows[i] = &snapshot->pools[i];
    write_head(snapshot, out);
    write_table(status_columns, sizeof(status_columns) / sizeof(status_columns[0]), rows,
                snapshot->pool_count, out);
    free(rows);
    fputc('\n', out);
    for (size_t i = 0; i < snapshot->pool_count; i++) {
        text_copy_printable(snapshot->pools[i].name, name, sizeof(name));
        text_copy_printable(snapshot->pools[i].endpoint, endpoint, sizeof(endpoint));
        fprintf(out, "%s on %s\n", name, endpoint);
    }
    return 0;
}

/* A worker and the pool that it is of. */
struct member {
    const struct ctl_pool *pool;
    const struct ctl_worker *worker;
};

static const struct ctl_worker *worker_of(const void *row)
{
    return ((const struct member *)row)->worker;
}

static void write_pool(const void *row, char text[CTL_CELL_SIZE])
{
    write_name(((const struct member *)row)->pool, text);
}

static void write_slot(const void *row, char text[CTL_CELL_SIZE])
{
    snprintf(text, CTL_CELL_SIZE, "%zu", worker_of(row)->slot);
}

static void write_pid(const void *row, char text[CTL_CELL_SIZE])
{
    snprintf(text, CTL_CELL_SIZE, "%d", (int)worker_of(row)->pid);
}

static void write_generation(const void *row, char text[CTL_CELL_SIZE])
{
    snprintf(text, CTL_CELL_SIZE, "%" PRId64, worker_of(row)->generation);
}

static void write_worker_state(const void *row, char text[CTL_CELL_SIZE])
{
    snprintf(text, CTL_CELL_SIZE, "%s", worker_state_names[worker_of(row)->state]);
}

static void write_since(const void *row, char text[CTL_CELL_SIZE])
{
    format_span(worker_of(row)->since_ns, " ", text);
}

static void write_connections(const void *row, char text[CTL_CELL_SIZE])
{
    snprintf(text, CTL_CELL_SIZE, "%" PRId64, worker_of(row)->connections);
}

static void write_peer(const void *row, char text[CTL_CELL_SIZE])
{
    text_copy_printable(worker_of(row)->peer == NULL ? "-" : worker_of(row)->peer, text,
                        CTL_CELL_SIZE);
}

static const struct ctl_column worker_columns[] = {
    {"pool", 0, 8, write_pool},
    {"slot", 0, 0, write_slot},
    {"process", 0, 0, write_pid},
    {"generation", 0, 0, write_generation},
    {"state", 0, 0, write_worker_state},
    {"for", 0, 0, write_since},
    {"connections", 0, 0, write_connections},
    {"caller", 0, 0, write_peer},
};

int ctl_table_workers(const struct ctl_snapshot *snapshot, FILE *out)
{
    size_t count = 0, at = 0;
    struct member *members;
    const void **rows;

    for (size_t i = 0; i < snapshot->pool_count; i++)
        count += snapshot->pools[i].worker_count;
    members = calloc(count + 1, sizeof(*members));
    rows = calloc(count + 1, sizeof(*rows));
    for (size_t i = 0; members != NULL && rows != NULL && i < snapshot->pool_count; i++) {
        const struct ctl_pool *pool = &snapshot->pools[i];

        for (size_t j = 0; j < pool->worker_count; j++, at++) {
            members[at] = (struct member){pool, &pool->workers[j]};
            rows[at] = &members[at];
        }
    }
    if (members != NULL && rows != NULL)
        write_table(worker_columns, sizeof(worker_columns) / sizeof(worker_columns[0]), rows, count,
                    out);
    free(rows);
    free(members);
    return members != NULL && rows != NULL ? 0 : -1;
}
