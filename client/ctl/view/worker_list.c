/*
 * worker_list: see worker_list.h.
 */
#include "client/ctl/view/worker_list.h"

#include <stdlib.h>

enum { PEER_MIN = 15, POOL_MAX = 12 }; /* characters */

/* Ties go by pool and slot, so that lines do not change places from one second to the next. */
static int compare_slots(const void *a, const void *b)
{
    const struct worker_row *one = a, *other = b;

    if (one->pool != other->pool)
        return one->pool < other->pool ? -1 : 1;
    return (one->worker->slot > other->worker->slot) - (one->worker->slot < other->worker->slot);
}

static int compare_times(const void *a, const void *b)
{
    int64_t one = ((const struct worker_row *)a)->worker->since_ns;
    int64_t other = ((const struct worker_row *)b)->worker->since_ns;

    return one != other ? (one < other ? 1 : -1) : compare_slots(a, b);
}

static int compare_connections(const void *a, const void *b)
{
    int64_t one = ((const struct worker_row *)a)->worker->connections;
    int64_t other = ((const struct worker_row *)b)->worker->connections;

    return one != other ? (one < other ? 1 : -1) : compare_slots(a, b);
}

static const struct {
    const char *name;
    int (*compare)(const void *a, const void *b);
} orders[WORKER_ORDERS] = {
    [ORDER_TIME] = {"by time", compare_times},
    [ORDER_CONNECTIONS] = {"by connections", compare_connections},
    [ORDER_SLOT] = {"by slot", compare_slots},
};

/* A worker that is to be replaced or is leaving may have a connection too. */
static bool is_active(const struct snapshot_worker *worker)
{
    return worker->state == WORKER_BUSY || worker->peer != NULL;
}

static void collect(struct worker_list *list, const struct snapshot_pool *pool, bool active)
{
    for (size_t i = 0; i < pool->worker_count; i++) {
        if (!active || is_active(&pool->workers[i]))
            list->workers[list->count++] = (struct worker_row){pool, &pool->workers[i]};
    }
}

int worker_list_collect(struct worker_list *list, const struct snapshot *snapshot, bool active)
{
    size_t most = 1; /* calloc of nothing may be NULL */

    for (size_t i = 0; i < snapshot->pool_count; i++)
        most += snapshot->pools[i].worker_count;
    *list = (struct worker_list){.workers = calloc(most, sizeof(*list->workers)),
                                 .rows = calloc(most, sizeof(*list->rows)),
                                 .pools = snapshot->pool_count};
    if (list->workers == NULL || list->rows == NULL) {
        worker_list_free(list);
        return -1;
    }
    for (size_t i = 0; i < snapshot->pool_count; i++)
        collect(list, &snapshot->pools[i], active);
    for (size_t i = 0; i < list->count; i++)
        list->rows[i] = &list->workers[i];
    return 0;
}

void worker_list_sort(struct worker_list *list, enum worker_order order)
{
    qsort(list->workers, list->count, sizeof(*list->workers), orders[order].compare);
}

void worker_list_free(struct worker_list *list)
{
    free(list->workers);
    free(list->rows);
    *list = (struct worker_list){0};
}

/* The pool is last: with one pool it is left out. */
static const struct layout_column columns[] = {
    {"slot", .rank = 1, .content = COLUMN_SLOT},
    {"pid", .rank = 3, .content = COLUMN_PID},
    {"", .rank = 5, .content = COLUMN_LETTER},
    {"time", .content = COLUMN_SINCE_SHORT},
    {"conns", .rank = 4, .content = COLUMN_CONNECTIONS},
    {"client", .cut_to = PEER_MIN, .content = COLUMN_PEER},
    {"pool", .rank = 2, .content = COLUMN_POOL, .argument = POOL_MAX},
};

void worker_list_write(struct layout *layout, const struct worker_list *list,
                       enum worker_order order, bool keys)
{
    static const char *const hints[] = {"s: sort  h: help  q: quit", "h: help  q: quit", "h: help",
                                        NULL};
    static const char *const none[] = {NULL};
    const struct layout_table table = {
        .columns = columns,
        .column_count = sizeof(columns) / sizeof(columns[0]) - (list->pools < 2),
        .rows = list->rows,
        .row_count = list->count,
        .write = columns_write_worker,
    };
    char title[64];

    snprintf(title, sizeof(title), "%zu busy, %s", list->count, orders[order].name);
    layout_write_ends(layout, STYLE_BOLD, title, keys ? hints : none);
    if (list->count > 0)
        layout_write_table(layout, &table);
}
