/*
 * columns: the cells of tables of pools and of workers, for layout_write_table.
 */
#ifndef PREFORKD_CLIENT_CTL_VIEW_COLUMNS_H
#define PREFORKD_CLIENT_CTL_VIEW_COLUMNS_H

#include <stddef.h>

#include "client/control/snapshot.h"
#include "client/ctl/view/layout.h"

/* The `content` of a column, and what its `stat` and `argument` mean. */
enum column_content {
    /* of a pool */
    COLUMN_NAME,
    COLUMN_STATE,
    COLUMN_RANGE,      /* of workers: 16, or 3..9 */
    COLUMN_QUEUE,      /* its length and limit: 7/511 */
    COLUMN_SHORT_STAT, /* `stat`, divided by `argument` unless that is 0: 9999, 12.3k; unknown: - */
    COLUMN_FULL_STAT,  /* `stat`, all its digits; unknown: ? */
    COLUMN_PERCENTILE, /* the time within which `argument` of a million connections were done */
    COLUMN_EXEC_PERCENTILE, /* the same of programs, from accept to exec */

    /* of a worker */
    COLUMN_POOL, /* at most `argument` characters of its name */
    COLUMN_SLOT,
    COLUMN_PID,
    COLUMN_GENERATION,
    COLUMN_WORKER_STATE,
    COLUMN_LETTER,      /* as on the scoreboard */
    COLUMN_SINCE,       /* how long it has been in its state: 1 m 15 s */
    COLUMN_SINCE_SHORT, /* 1m15s */
    COLUMN_CONNECTIONS, /* of a source, too */
    COLUMN_PEER,
    COLUMN_PROGRAM_PID,
    COLUMN_SAYS,

    /* of a source */
    COLUMN_SOURCE,
    COLUMN_REFUSED,
};

/* The `stat` of a column. */
#define COLUMN_STAT(name) offsetof(struct pool_stats, name)

/* The row of a worker. */
struct worker_row {
    const struct snapshot_pool *pool;
    const struct snapshot_worker *worker;
};

/* The row of a source of connections. */
struct source_row {
    const struct snapshot_pool *pool;
    const struct snapshot_source *source;
};

/* Write what COLUMN shows of ROW, a struct snapshot_pool, to CELL. */
void columns_write_pool(const struct layout_column *column, const void *row,
                        char cell[LAYOUT_CELL_SIZE]);

/* The same of ROW, a struct worker_row, or a struct source_row. */
void columns_write_worker(const struct layout_column *column, const void *row,
                          char cell[LAYOUT_CELL_SIZE]);
void columns_write_source(const struct layout_column *column, const void *row,
                          char cell[LAYOUT_CELL_SIZE]);

#endif
