/*
 * roll: see roll.h.
 */
#include "client/ctl/view/worker_list.h"

#include <inttypes.h>
#include <stdlib.h>

#include "client/shared/format.h"
#include "common/text.h"

enum { PEER_MIN = 15, POOL_MAX = 12 }; /* characters */

const char *const ctl_sort_names[CTL_SORTS] = {
    [SORT_TIME] = "by time", [SORT_CONNECTIONS] = "by calls", [SORT_SLOT] = "by slot"};

/* Ties go by pool and slot, so that nobody jumps about. */
static int compare_slots(const void *a, const void *b)
{
    const struct ctl_entry *one = a, *other = b;

    if (one->pool != other->pool)
        return one->pool < other->pool ? -1 : 1;
    return (one->worker->slot > other->worker->slot) - (one->worker->slot < other->worker->slot);
}

static int compare_times(const void *a, const void *b)
{
    int64_t one = ((const struct ctl_entry *)a)->worker->since_ns;
    int64_t other = ((const struct ctl_entry *)b)->worker->since_ns;

    return one != other ? (one < other ? 1 : -1) : compare_slots(a, b);
}

static int compare_connections(const void *a, const void *b)
{
    int64_t one = ((const struct ctl_entry *)a)->worker->connections;
    int64_t other = ((const struct ctl_entry *)b)->worker->connections;

    return one != other ? (one < other ? 1 : -1) : compare_slots(a, b);
}

static int (*const orders[CTL_SORTS])(const void *a, const void *b) = {
    [SORT_TIME] = compare_times,
    [SORT_CONNECTIONS] = compare_connections,
    [SORT_SLOT] = compare_slots,
};

/* Those that leave or are to be replaced may have one in hand. */
static bool has_caller(const struct ctl_worker *worker)
{
    return worker->state == WORKER_BUSY || worker->peer != NULL;
}

static void collect(struct ctl_roll *roll, const struct ctl_pool *pool)
{
    for (size_t i = 0; i < pool->worker_count; i++) {
        if (has_caller(&pool->workers[i]))
            roll->entries[roll->count++] =
                (struct ctl_entry){.pool = pool, .worker = &pool->workers[i]};
    }
}

int ctl_roll_call(struct ctl_roll *roll, const struct ctl_snapshot *workers, enum ctl_sort sort)
{
    size_t most = 1; /* calloc of nothing may be NULL */

    for (size_t i = 0; i < workers->pool_count; i++)
        most += workers->pools[i].worker_count;
    *roll = (struct ctl_roll){.entries = calloc(most, sizeof(*roll->entries)),
                              .rows = calloc(most, sizeof(*roll->rows)),
                              .pools = workers->pool_count};
    if (roll->entries == NULL || roll->rows == NULL) {
        ctl_roll_free(roll);
        return -1;
    }
    for (size_t i = 0; i < workers->pool_count; i++)
        collect(roll, &workers->pools[i]);
    qsort(roll->entries, roll->count, sizeof(*roll->entries), orders[sort]);
    for (size_t i = 0; i < roll->count; i++)
        roll->rows[i] = &roll->entries[i];
    return 0;
}

void ctl_roll_free(struct ctl_roll *roll)
{
    free(roll->entries);
    free(roll->rows);
    *roll = (struct ctl_roll){0};
}

static const struct ctl_worker *worker_of(const void *row)
{
    return ((const struct ctl_entry *)row)->worker;
}

static void write_state(const void *row, char text[CTL_CELL_SIZE])
{
    snprintf(text, CTL_CELL_SIZE, "%c", worker_state_letters[worker_of(row)->state]);
}

static void write_slot(const void *row, char text[CTL_CELL_SIZE])
{
    snprintf(text, CTL_CELL_SIZE, "%zu", worker_of(row)->slot);
}

static void write_pid(const void *row, char text[CTL_CELL_SIZE])
{
    snprintf(text, CTL_CELL_SIZE, "%" PRId64, (int64_t)worker_of(row)->pid);
}

static void write_time(const void *row, char text[CTL_CELL_SIZE])
{
    format_span(worker_of(row)->since_ns, "", text);
}

static void write_calls(const void *row, char text[CTL_CELL_SIZE])
{
    snprintf(text, CTL_CELL_SIZE, "%" PRId64, worker_of(row)->connections);
}

static void write_pool(const void *row, char text[CTL_CELL_SIZE])
{
    text_copy_printable(((const struct ctl_entry *)row)->pool->name, text, POOL_MAX + 1);
}

static void write_peer(const void *row, char text[CTL_CELL_SIZE])
{
    const char *peer = worker_of(row)->peer;

    text_copy_printable(peer != NULL ? peer : "-", text, CTL_CELL_SIZE);
}

/* The pool is last, for it is left out where there is one. */
static const struct ctl_column columns[] = {
    {"slot", 1, 0, write_slot}, {"pid", 3, 0, write_pid},     {"", 5, 0, write_state},
    {"time", 0, 0, write_time}, {"calls", 4, 0, write_calls}, {"caller", 0, PEER_MIN, write_peer},
    {"pool", 2, 0, write_pool},
};

void ctl_roll_write(struct ctl_lines *lines, const struct ctl_roll *roll,
                    const struct ctl_view *view)
{
    static const char *const keys[] = {"s: sort  h: help  q: quit", "h: help  q: quit", "h: help",
                                       NULL};
    const struct ctl_table table = {
        .columns = columns,
        .column_count = sizeof(columns) / sizeof(columns[0]) - (roll->pools < 2),
        .rows = roll->rows,
        .row_count = roll->count,
    };
    char title[64];

    snprintf(title, sizeof(title), "%zu busy, %s", roll->count, ctl_sort_names[view->sort]);
    ctl_line_ends(lines, STYLE_BOLD, title, view->rows > 0 ? keys : keys + 3);
    if (roll->count > 0)
        ctl_line_table(lines, &table);
}
