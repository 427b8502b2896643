/*
 * frame: see frame.h. From top to bottom: the master, its pools, their boards, the busy workers; each
 * leaves some rows to what comes below it.
 */
#include "client/ctl/view/top_view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "client/ctl/view/layout.h"
#include "client/ctl/view/scoreboard.h"
#include "client/ctl/view/worker_list.h"
#include "client/shared/format.h"
#include "common/text.h"

enum { HEAD_SIZE = 256, NAME_MIN = 6, ROOMY = 20 /* rows, for blank lines between the parts */ };

static void divide(struct ctl_lines *lines, const struct ctl_view *view)
{
    if (view->rows == 0 || view->rows >= ROOMY)
        ctl_line(lines, STYLE_PLAIN, "%s", "");
}

static void write_head(struct ctl_lines *lines, const struct ctl_snapshot *status,
                       const struct ctl_view *view)
{
    char version[64], phase[32], up[FORMAT_SIZE], text[HEAD_SIZE];
    int length;

    text_copy_printable(status->version, version, sizeof(version));
    text_copy_printable(status->phase, phase, sizeof(phase));
    format_span(status->uptime_ns, "", up);
    length = snprintf(text, sizeof(text), "preforkd %s, pid %" PRId64 ", up %s, %s", version,
                      status->pid, up, phase);
    if ((size_t)length > view->columns)
        snprintf(text, sizeof(text), "pid %" PRId64 ", %s, up %s, %s", status->pid, phase, up,
                 version);
    ctl_line(lines, STYLE_BOLD, "%s", text);
    if (view->trouble != NULL)
        ctl_line(lines, STYLE_ALARM, "%s", view->trouble);
    if (status->log_lines_dropped > 0)
        ctl_line(lines, STYLE_ALARM, "lines of the log dropped: %" PRId64,
                 status->log_lines_dropped);
}

/* The pools. */

static void write_number(int64_t number, char text[CTL_CELL_SIZE])
{
    if (number < 0)
        snprintf(text, CTL_CELL_SIZE, "?");
    else
        snprintf(text, CTL_CELL_SIZE, "%" PRId64, number);
}

static const struct pool_stats *figures_of(const void *row)
{
    return &((const struct ctl_pool *)row)->figures;
}

static void write_name(const void *row, char text[CTL_CELL_SIZE])
{
    text_copy_printable(((const struct ctl_pool *)row)->name, text, CTL_CELL_SIZE);
}

static void write_busy(const void *row, char text[CTL_CELL_SIZE])
{
    write_number(figures_of(row)->busy, text);
}

static void write_workers(const void *row, char text[CTL_CELL_SIZE])
{
    write_number(figures_of(row)->workers, text);
}

static void write_max(const void *row, char text[CTL_CELL_SIZE])
{
    write_number(figures_of(row)->max, text);
}

static void write_queue(const void *row, char text[CTL_CELL_SIZE])
{
    write_number(figures_of(row)->queue, text);
}

static void write_rate(const void *row, char text[CTL_CELL_SIZE])
{
    write_number(figures_of(row)->accepted_1s, text);
}

static void write_p99(const void *row, char text[CTL_CELL_SIZE])
{
    int64_t p99_ns = duration_percentile_ns(((const struct ctl_pool *)row)->took, 990000);

    if (p99_ns < 0)
        snprintf(text, CTL_CELL_SIZE, "-");
    else
        format_latency((uint64_t)p99_ns, text);
}

static void write_crashes(const void *row, char text[CTL_CELL_SIZE])
{
    write_number(figures_of(row)->crashes, text);
}

static const struct ctl_column pool_columns[] = {
    {"pool", 0, NAME_MIN, write_name}, {"busy", 0, 0, write_busy},
    {"workers", 5, 0, write_workers},  {"max", 4, 0, write_max},
    {"queue", 1, 0, write_queue},      {"calls/s", 2, 0, write_rate},
    {"p99", 3, 0, write_p99},          {"crashes", 6, 0, write_crashes},
};

static enum ctl_style style_pool(const void *row)
{
    const struct pool_stats *pool = figures_of(row);
    bool full = pool->max > 0 && pool->busy >= pool->max && pool->queue > 0;

    return full || pool->fork_fails == 1 || pool->backoff_ns > 0 ? STYLE_ALARM : STYLE_PLAIN;
}

/* At most half of the rows that are left. */
static void write_pools(struct ctl_lines *lines, const struct ctl_snapshot *status,
                        const void *pools[])
{
    size_t limit = lines->rows == SIZE_MAX ? SIZE_MAX : lines->rows / 2, shown = status->pool_count;
    struct ctl_table table = {
        .columns = pool_columns,
        .column_count = sizeof(pool_columns) / sizeof(pool_columns[0]),
        .rows = pools,
        .style = style_pool,
    };

    if (shown + 1 > limit)
        shown = limit > 2 ? limit - 2 : 0;
    for (size_t i = 0; i < shown; i++)
        pools[i] = &status->pools[i];
    table.row_count = shown;
    ctl_line_table(lines, &table);
    if (shown < status->pool_count)
        ctl_line(lines, STYLE_DIM, "... and %zu more", status->pool_count - shown);
}

static void write_help(struct ctl_lines *lines)
{
    static const char *const texts[] = {
        "s  next order of the busy workers",
        "h  this help, and back",
        "q  quit",
        "pools: workers busy, all, at most;",
        "  callers queued; calls in the last",
        "  second; of all calls 99% were done",
        "  within p99; workers that crashed",
        "workers: for how long so, calls so far,",
        "  who calls; on the board a letter each:",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        ctl_line(lines, STYLE_PLAIN, "%s", texts[i]);
    ctl_board_write_key(lines);
}

static void write_all(struct ctl_lines *lines, const struct ctl_snapshot *status,
                      const struct ctl_view *view, const struct ctl_roll *roll, const void *pools[])
{
    write_head(lines, status, view);
    divide(lines, view);
    if (view->help) {
        write_help(lines);
        return;
    }
    write_pools(lines, status, pools);
    divide(lines, view);
    ctl_board_write(lines, status, roll->count + 2);
    divide(lines, view);
    ctl_roll_write(lines, roll, view);
}

char *ctl_frame_compose(const struct ctl_snapshot *status, const struct ctl_snapshot *workers,
                        const struct ctl_view *view)
{
    struct ctl_lines lines = {.columns = view->columns,
                              .rows = view->rows > 0 ? view->rows : SIZE_MAX,
                              .colours = view->colours};
    const void **pools = calloc(status->pool_count + 1, sizeof(*pools));
    struct ctl_roll roll = {0};
    char *text = NULL;
    size_t size;

    lines.out = pools != NULL && ctl_roll_call(&roll, workers, view->sort) == 0
                    ? open_memstream(&text, &size)
                    : NULL;
    if (lines.out != NULL) {
        write_all(&lines, status, view, &roll, pools);
        if (fclose(lines.out) != 0) {
            free(text);
            text = NULL;
        }
    }
    ctl_roll_free(&roll);
    free(pools);
    return text;
}
