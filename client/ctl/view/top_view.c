/*
 * top_view: see top_view.h. From top to bottom: the master, its pools, their scoreboards, the busy
 * workers; each part leaves some rows to what comes below it.
 */
#include "client/ctl/view/top_view.h"

#include <inttypes.h>
#include <stdlib.h>

#include "client/ctl/view/columns.h"
#include "client/ctl/view/layout.h"
#include "client/ctl/view/scoreboard.h"
#include "client/shared/format.h"
#include "common/text.h"

enum {
    HEAD_SIZE = 256,
    NAME_MIN = 6,
    ROOMY = 20 /* rows, for blank lines between the parts */,
    RATES_BESIDE = 25 /* columns */
};

static void separate(struct layout *layout, const struct top_view *view)
{
    if (view->rows == 0 || view->rows >= ROOMY)
        layout_write_line(layout, STYLE_PLAIN, "%s", "");
}

static void write_head(struct layout *layout, const struct snapshot *status,
                       const struct top_view *view)
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
    layout_write_line(layout, STYLE_BOLD, "%s", text);
    if (view->trouble != NULL)
        layout_write_line(layout, STYLE_ALARM, "%s", view->trouble);
    if (status->log_lines_dropped > 0)
        layout_write_line(layout, STYLE_ALARM, "log lines dropped: %" PRId64,
                          status->log_lines_dropped);
}

#define FULL_STAT(name) .content = COLUMN_FULL_STAT, .stat = COLUMN_STAT(name)

static const struct layout_column pool_columns[] = {
    {"pool", .cut_to = NAME_MIN, .content = COLUMN_NAME},
    {"busy", FULL_STAT(busy)},
    {"workers", .rank = 5, FULL_STAT(workers)},
    {"max", .rank = 4, FULL_STAT(max)},
    {"queue", .rank = 1, FULL_STAT(queue)},
    {"conns/s", .rank = 2, FULL_STAT(accepted_1s)},
    {"p99", .rank = 3, .content = COLUMN_PERCENTILE, .argument = 990000},
    {"crashes", .rank = 6, FULL_STAT(crashes)},
};

static enum layout_style style_pool(const void *row)
{
    const struct pool_stats *stats = &((const struct snapshot_pool *)row)->stats;
    bool full = stats->max > 0 && stats->busy >= stats->max && stats->queue > 0;

    return full || stats->fork_fails == 1 || stats->backoff_ns > 0 ? STYLE_ALARM : STYLE_PLAIN;
}

/* Write the pools on at most half of the rows that are left. ROWS has room for a pointer to
 * each. */
static void write_pools(struct layout *layout, const struct snapshot *status, const void *rows[])
{
    size_t limit = layout->rows == SIZE_MAX ? SIZE_MAX : layout->rows / 2;
    size_t shown = status->pool_count;
    struct layout_table table = {
        .columns = pool_columns,
        .column_count = sizeof(pool_columns) / sizeof(pool_columns[0]),
        .rows = rows,
        .write = columns_write_pool,
        .style = style_pool,
    };

    if (shown + 1 > limit)
        shown = limit > 2 ? limit - 2 : 0;
    for (size_t i = 0; i < shown; i++)
        rows[i] = &status->pools[i];
    table.row_count = shown;
    layout_write_table(layout, &table);
    if (shown < status->pool_count)
        layout_write_line(layout, STYLE_DIM, "... and %zu more", status->pool_count - shown);
}

/* Write the rates of the last seconds, the newest on the right, where there are rows enough. */
static void write_rates(struct layout *layout, const struct top_view *view)
{
    char bars[SPARKLINE_MAX + 1];
    size_t width = view->columns > RATES_BESIDE ? view->columns - RATES_BESIDE : 0;

    if (view->rates == NULL || view->rates->count < 2 || view->rows < ROOMY || width == 0)
        return;
    sparkline_print(view->rates, width, bars);
    layout_write_line(layout, STYLE_PLAIN, "conns/s  %s  most: %" PRId64, bars,
                      sparkline_most(view->rates, width));
}

/* Twelve rows of forty columns hold it, with the head and the key. */
static void write_help(struct layout *layout, const struct snapshot *status)
{
    static const char *const texts[] = {
        "s  change the order of the busy workers",
        "h  show this help, or hide it",
        "q  quit",
        "pools: workers busy, all, at most;",
        "  clients queued; connections in the",
        "  last second; 99% of all connections",
        "  took at most p99; crashed workers",
        "workers: time in this state, connections",
        "  so far, client; on the scoreboard:",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        layout_write_line(layout, STYLE_PLAIN, "%s", texts[i]);
    scoreboard_write_key(layout, status);
}

static void write_all(struct layout *layout, const struct snapshot *status,
                      const struct top_view *view, const struct worker_list *busy,
                      const void *rows[])
{
    write_head(layout, status, view);
    separate(layout, view);
    if (view->help) {
        write_help(layout, status);
        return;
    }
    write_pools(layout, status, rows);
    write_rates(layout, view);
    separate(layout, view);
    scoreboard_write(layout, status, busy->count + 2);
    separate(layout, view);
    worker_list_write(layout, busy, view->order, view->rows > 0);
}

/* Write all to memory. ROWS has room for a pointer to each pool. */
static char *compose(const struct snapshot *status, const struct top_view *view,
                     const struct worker_list *busy, const void *rows[])
{
    char *text = NULL;
    size_t size;
    struct layout layout = {.out = open_memstream(&text, &size),
                            .columns = view->columns,
                            .rows = view->rows > 0 ? view->rows : SIZE_MAX,
                            .colours = view->colours};

    if (layout.out == NULL)
        return NULL;
    write_all(&layout, status, view, busy, rows);
    if (fclose(layout.out) == 0)
        return text;
    free(text);
    return NULL;
}

char *top_view_compose(const struct snapshot *status, const struct snapshot *workers,
                       const struct top_view *view)
{
    const void **rows = calloc(status->pool_count + 1, sizeof(*rows));
    struct worker_list busy;
    char *text = NULL;

    if (rows != NULL && worker_list_collect(&busy, workers, true) == 0) {
        worker_list_sort(&busy, view->order);
        text = compose(status, view, &busy, rows);
        worker_list_free(&busy);
    }
    free(rows);
    return text;
}
