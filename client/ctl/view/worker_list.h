/*
 * worker_list: the workers of all pools as rows of a table, and the list of active workers in top.
 */
#ifndef PREFORKD_CLIENT_CTL_VIEW_WORKER_LIST_H
#define PREFORKD_CLIENT_CTL_VIEW_WORKER_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "client/control/snapshot.h"
#include "client/ctl/view/columns.h"
#include "client/ctl/view/layout.h"

enum worker_order { ORDER_TIME, ORDER_CONNECTIONS, ORDER_SLOT, WORKER_ORDERS };

struct worker_list {
    struct worker_row *workers;
    const void **rows; /* a pointer to each of them, for a table */
    size_t count, pools;
};

/* Collect the workers of SNAPSHOT, or only those that are ACTIVE. Returns 0, or -1 with errno if
 * there is no memory, and then there is nothing to free. SNAPSHOT has to outlive LIST. */
int worker_list_collect(struct worker_list *list, const struct snapshot *snapshot, bool active);

void worker_list_sort(struct worker_list *list, enum worker_order order);
void worker_list_free(struct worker_list *list);

/* Write LIST, which is sorted by ORDER, on the rows that LAYOUT has left: a heading, with the KEYS
 * of top if they work, and a table. */
void worker_list_write(struct layout *layout, const struct worker_list *list,
                       enum worker_order order, bool keys);

#endif
