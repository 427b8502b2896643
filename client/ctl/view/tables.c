/*
 * tables: see tables.h.
 */
#include "client/ctl/view/tables.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/control/why/notices.h"
#include "client/ctl/view/columns.h"
#include "client/ctl/view/layout.h"
#include "client/ctl/view/terminal.h"
#include "client/ctl/view/worker_list.h"
#include "client/shared/format.h"
#include "common/text.h"

/* Where no terminal sets a width: wide enough for every column. Programs read JSON instead. */
enum { COLUMNS = 200 };

static void print_head(const struct snapshot *snapshot, FILE *out)
{
    char version[64], phase[32], up[FORMAT_SIZE];

    text_copy_printable(snapshot->version, version, sizeof(version));
    text_copy_printable(snapshot->phase, phase, sizeof(phase));
    format_span(snapshot->uptime_ns, " ", up);
    fprintf(out, "preforkd %s, process %" PRId64 ", %s, up %s\n", version, snapshot->pid, phase,
            up);
    if (snapshot->log_lines_dropped > 0)
        fprintf(out, "log lines dropped: %" PRId64 "\n", snapshot->log_lines_dropped);
    notices_print_reload(snapshot, "", out);
    fputc('\n', out);
}

static void print_table(const struct layout_table *table, FILE *out)
{
    struct layout layout = {.out = out, .columns = COLUMNS, .rows = SIZE_MAX};
    size_t terminal_rows;

    if (isatty(STDOUT_FILENO))
        terminal_measure(&layout.columns, &terminal_rows);
    layout_write_table(&layout, table);
}

static void print_endpoints(const struct snapshot *snapshot, FILE *out)
{
    char name[LAYOUT_CELL_SIZE], endpoint[LAYOUT_CELL_SIZE], sandbox[LAYOUT_CELL_SIZE];
    char user[LAYOUT_CELL_SIZE];

    for (size_t i = 0; i < snapshot->pool_count; i++) {
        text_copy_printable(snapshot->pools[i].name, name, sizeof(name));
        text_copy_printable(snapshot->pools[i].endpoint, endpoint, sizeof(endpoint));
        text_copy_printable(snapshot->pools[i].user, user, sizeof(user));
        fprintf(out, "%s on %s as user %s", name, endpoint, user);
        if (snapshot->pools[i].sandbox != NULL) {
            text_copy_printable(snapshot->pools[i].sandbox, sandbox, sizeof(sandbox));
            fprintf(out, ", sandbox %s", sandbox);
        }
        fputc('\n', out);
    }
}

#define SHORT_STAT(name) .content = COLUMN_SHORT_STAT, .stat = COLUMN_STAT(name)

static const struct layout_column status_columns[] = {
    {"pool", .cut_to = 8, .content = COLUMN_NAME},
    {"state", .rank = 2, .content = COLUMN_STATE},
    {"busy", SHORT_STAT(busy)},
    {"idle", SHORT_STAT(idle)},
    {"workers", .rank = 1, .content = COLUMN_RANGE},
    {"queue", .content = COLUMN_QUEUE},
    {"peak", .rank = 8, SHORT_STAT(queue_peak)},
    {"accepted", .rank = 3, SHORT_STAT(accepted)},
    {"1s", .rank = 4, SHORT_STAT(accepted_1s)},
    {"10s", .rank = 9, SHORT_STAT(accepted_10s), .argument = 10},
    {"60s", .rank = 7, SHORT_STAT(accepted_60s), .argument = 60},
    {"p50", .rank = 10, .content = COLUMN_PERCENTILE, .argument = 500000},
    {"p99", .rank = 4, .content = COLUMN_PERCENTILE, .argument = 990000},
    {"crashes", .rank = 5, SHORT_STAT(crashes)},
    {"timeouts", .rank = 6, SHORT_STAT(timeouts)},
    {"full", .rank = 11, SHORT_STAT(max_reached)},
};

static const struct layout_column program_columns[] = {
    {"programs", .cut_to = 8, .content = COLUMN_NAME},
    {"ok", SHORT_STAT(programs_ok)},
    {"failed", SHORT_STAT(programs_failed)},
    {"signalled", .rank = 1, SHORT_STAT(programs_signalled)},
    {"gone", .rank = 2, SHORT_STAT(programs_gone)},
    {"unstarted", SHORT_STAT(programs_unstarted)},
    {"exec p50", .rank = 4, .content = COLUMN_EXEC_PERCENTILE, .argument = 500000},
    {"exec p99", .rank = 3, .content = COLUMN_EXEC_PERCENTILE, .argument = 990000},
};

#define COUNT(columns) (sizeof(columns) / sizeof((columns)[0]))

static void print_pools(const struct snapshot *snapshot, const void *rows[], FILE *out)
{
    const struct layout_table table = {
        .columns = status_columns,
        .column_count = COUNT(status_columns),
        .rows = rows,
        .row_count = snapshot->pool_count,
        .write = columns_write_pool,
    };

    for (size_t i = 0; i < snapshot->pool_count; i++)
        rows[i] = &snapshot->pools[i];
    print_table(&table, out);
}

/* Print how programs ended, of the pools that run some. */
static void print_programs(const struct snapshot *snapshot, const void *rows[], FILE *out)
{
    struct layout_table table = {
        .columns = program_columns,
        .column_count = COUNT(program_columns),
        .rows = rows,
        .write = columns_write_pool,
    };

    for (size_t i = 0; i < snapshot->pool_count; i++) {
        if (snapshot->pools[i].stats.programs_ok != STAT_UNKNOWN)
            rows[table.row_count++] = &snapshot->pools[i];
    }
    if (table.row_count == 0)
        return;
    fputc('\n', out);
    print_table(&table, out);
}

int tables_print_status(const struct snapshot *snapshot, FILE *out)
{
    const void **rows = calloc(snapshot->pool_count + 1, sizeof(*rows));

    if (rows == NULL)
        return -1;
    print_head(snapshot, out);
    print_pools(snapshot, rows, out);
    print_programs(snapshot, rows, out);
    free(rows);
    fputc('\n', out);
    print_endpoints(snapshot, out);
    return 0;
}

/* The last two are left out where no pool runs programs, the last one where none says something. */
static const struct layout_column worker_columns[] = {
    {"pool", .cut_to = 8, .content = COLUMN_POOL, .argument = LAYOUT_CELL_SIZE - 1},
    {"slot", .content = COLUMN_SLOT},
    {"process", .content = COLUMN_PID},
    {"generation", .content = COLUMN_GENERATION},
    {"state", .content = COLUMN_WORKER_STATE},
    {"for", .content = COLUMN_SINCE},
    {"connections", .content = COLUMN_CONNECTIONS},
    {"client", .content = COLUMN_PEER},
    {"program", .content = COLUMN_PROGRAM_PID},
    {"says", .content = COLUMN_SAYS},
};

static bool runs_programs(const struct snapshot *snapshot)
{
    bool any = false;

    for (size_t i = 0; i < snapshot->pool_count; i++)
        any |= snapshot->pools[i].runs_programs;
    return any;
}

static bool says_something(const struct snapshot_pool *pool)
{
    bool any = false;

    for (size_t i = 0; i < pool->worker_count; i++)
        any |= pool->workers[i].says != NULL;
    return any;
}

/* Returns how many of the last columns are left out. */
static size_t count_left_out(const struct snapshot *snapshot)
{
    if (!runs_programs(snapshot))
        return 2;
    for (size_t i = 0; i < snapshot->pool_count; i++) {
        if (says_something(&snapshot->pools[i]))
            return 0;
    }
    return 1;
}

int tables_print_workers(const struct snapshot *snapshot, FILE *out)
{
    struct worker_list list;
    struct layout_table table = {
        .columns = worker_columns,
        .column_count = COUNT(worker_columns) - count_left_out(snapshot),
        .write = columns_write_worker,
    };

    if (worker_list_collect(&list, snapshot, false) < 0)
        return -1;
    table.rows = list.rows;
    table.row_count = list.count;
    print_table(&table, out);
    worker_list_free(&list);
    return 0;
}

static const struct layout_column source_columns[] = {
    {"pool", .cut_to = 8, .content = COLUMN_POOL, .argument = LAYOUT_CELL_SIZE - 1},
    {"source", .content = COLUMN_SOURCE},
    {"connections", .content = COLUMN_CONNECTIONS},
    {"refused", .content = COLUMN_REFUSED},
};

/* Set ROWS to all sources of SNAPSHOT, and POINTERS to these. */
static void collect_sources(const struct snapshot *snapshot, struct source_row *rows,
                            const void **pointers)
{
    size_t count = 0;

    for (size_t i = 0; i < snapshot->pool_count; i++) {
        for (size_t j = 0; j < snapshot->pools[i].source_count; j++) {
            rows[count] = (struct source_row){&snapshot->pools[i], &snapshot->pools[i].sources[j]};
            pointers[count] = &rows[count];
            count++;
        }
    }
}

int tables_print_sources(const struct snapshot *snapshot, FILE *out)
{
    struct layout_table table = {
        .columns = source_columns,
        .column_count = COUNT(source_columns),
        .write = columns_write_source,
    };
    struct source_row *rows;
    const void **pointers;

    for (size_t i = 0; i < snapshot->pool_count; i++)
        table.row_count += snapshot->pools[i].source_count;
    rows = calloc(table.row_count + 1, sizeof(*rows));
    pointers = calloc(table.row_count + 1, sizeof(*pointers));
    if (rows != NULL && pointers != NULL) {
        collect_sources(snapshot, rows, pointers);
        table.rows = pointers;
        print_table(&table, out);
    }
    free(rows);
    free(pointers);
    return table.rows == NULL ? -1 : 0;
}
