/*
 * columns: see columns.h.
 */
#include "client/ctl/view/columns.h"

#include <inttypes.h>

#include "client/shared/format.h"
#include "common/text.h"

static void write_number(int64_t number, char cell[LAYOUT_CELL_SIZE])
{
    snprintf(cell, LAYOUT_CELL_SIZE, "%" PRId64, number);
}

/* At most four digits that matter: 9999, 12.3k, 4.56M. */
static void write_short(double value, char cell[LAYOUT_CELL_SIZE])
{
    static const char units[] = " kMGTP";
    size_t unit = 0;

    for (; value >= 9999.5 && units[unit + 1] != '\0'; value /= 1000)
        unit++;
    if (unit == 0)
        snprintf(cell, LAYOUT_CELL_SIZE, "%.*f", value > 0 && value < 9.95 && value != (int)value,
                 value);
    else
        snprintf(cell, LAYOUT_CELL_SIZE, "%.*f%c", value < 99.95, value, units[unit]);
}

static void write_range(const struct pool_stats *stats, char cell[LAYOUT_CELL_SIZE])
{
    if (stats->min == stats->max)
        write_number(stats->min, cell);
    else
        snprintf(cell, LAYOUT_CELL_SIZE, "%" PRId64 "..%" PRId64, stats->min, stats->max);
}

static void write_queue(const struct pool_stats *stats, char cell[LAYOUT_CELL_SIZE])
{
    if (stats->queue < 0)
        snprintf(cell, LAYOUT_CELL_SIZE, "-");
    else
        snprintf(cell, LAYOUT_CELL_SIZE, "%" PRId64 "/%" PRId64, stats->queue, stats->queue_limit);
}

static void write_short_stat(const struct layout_column *column, int64_t value,
                             char cell[LAYOUT_CELL_SIZE])
{
    if (value < 0)
        snprintf(cell, LAYOUT_CELL_SIZE, "-");
    else
        write_short((double)value / (column->argument > 0 ? column->argument : 1), cell);
}

/* Write all digits of VALUE, or UNKNOWN where it is that. */
static void write_full(int64_t value, const char *unknown, char cell[LAYOUT_CELL_SIZE])
{
    if (value < 0)
        snprintf(cell, LAYOUT_CELL_SIZE, "%s", unknown);
    else
        write_number(value, cell);
}

static void write_percentile(const uint64_t counts[DURATION_BUCKETS], uint32_t per_million,
                             char cell[LAYOUT_CELL_SIZE])
{
    int64_t ns = duration_percentile_ns(counts, per_million);

    if (ns < 0)
        snprintf(cell, LAYOUT_CELL_SIZE, "-");
    else
        format_latency((uint64_t)ns, cell);
}

static int64_t stat_of(const struct layout_column *column, const struct snapshot_pool *pool)
{
    const struct pool_stat stat = {.offset = column->stat};

    return pool_stat_get(&stat, &pool->stats);
}

void columns_write_pool(const struct layout_column *column, const void *row,
                        char cell[LAYOUT_CELL_SIZE])
{
    const struct snapshot_pool *pool = row;

    switch (column->content) {
    case COLUMN_NAME:
        text_copy_printable(pool->name, cell, LAYOUT_CELL_SIZE);
        break;
    case COLUMN_STATE:
        text_copy_printable(pool->state, cell, LAYOUT_CELL_SIZE);
        break;
    case COLUMN_RANGE:
        write_range(&pool->stats, cell);
        break;
    case COLUMN_QUEUE:
        write_queue(&pool->stats, cell);
        break;
    case COLUMN_SHORT_STAT:
        write_short_stat(column, stat_of(column, pool), cell);
        break;
    case COLUMN_FULL_STAT:
        write_full(stat_of(column, pool), "?", cell);
        break;
    case COLUMN_EXEC_PERCENTILE:
        write_percentile(pool->exec, column->argument, cell);
        break;
    default:
        write_percentile(pool->took, column->argument, cell);
    }
}

static int64_t worker_number(const struct snapshot_worker *worker, int content)
{
    switch (content) {
    case COLUMN_SLOT:
        return (int64_t)worker->slot;
    case COLUMN_PID:
        return worker->pid;
    case COLUMN_GENERATION:
        return worker->generation;
    default:
        return worker->connections;
    }
}

void columns_write_worker(const struct layout_column *column, const void *row,
                          char cell[LAYOUT_CELL_SIZE])
{
    const struct worker_row *both = row;
    const struct snapshot_worker *worker = both->worker;
    int64_t number;

    switch (column->content) {
    case COLUMN_POOL:
        text_copy_printable(both->pool->name, cell, column->argument + 1);
        break;
    case COLUMN_WORKER_STATE:
        snprintf(cell, LAYOUT_CELL_SIZE, "%s", worker_state_names[worker->state]);
        break;
    case COLUMN_LETTER:
        snprintf(cell, LAYOUT_CELL_SIZE, "%c", worker_state_letters[worker->state]);
        break;
    case COLUMN_SINCE:
        format_span(worker->since_ns, " ", cell);
        break;
    case COLUMN_SINCE_SHORT:
        format_span(worker->since_ns, "", cell);
        break;
    case COLUMN_SAYS:
        text_copy_printable(worker->says != NULL ? worker->says : "-", cell, LAYOUT_CELL_SIZE);
        break;
    case COLUMN_PROGRAM_PID:
        write_full(worker->program_pid, "-", cell);
        break;
    case COLUMN_PEER:
        text_copy_printable(worker->peer != NULL ? worker->peer : "-", cell, LAYOUT_CELL_SIZE);
        break;
    default:
        number = worker_number(worker, column->content);
        if (number < 0)
            snprintf(cell, LAYOUT_CELL_SIZE, "-");
        else
            write_number(number, cell);
    }
}

void columns_write_source(const struct layout_column *column, const void *row,
                          char cell[LAYOUT_CELL_SIZE])
{
    const struct source_row *both = row;

    switch (column->content) {
    case COLUMN_POOL:
        text_copy_printable(both->pool->name, cell, column->argument + 1);
        break;
    case COLUMN_SOURCE:
        text_copy_printable(both->source->name, cell, LAYOUT_CELL_SIZE);
        break;
    case COLUMN_REFUSED:
        write_full(both->source->refused, "-", cell);
        break;
    default:
        write_number(both->source->connections, cell);
    }
}
