/*
 * roll: the busy workers of all pools, in order.
 */
#ifndef PREFORKD_CLIENT_CTL_VIEW_WORKER_LIST_H
#define PREFORKD_CLIENT_CTL_VIEW_WORKER_LIST_H

#include "client/ctl/view/layout.h"
#include "client/ctl/view/top_view.h"

/* The names of enum ctl_sort, for people. */
extern const char *const ctl_sort_names[CTL_SORTS];

/* A worker, and whose it is. */
struct ctl_entry {
    const struct ctl_pool *pool;
    const struct ctl_worker *worker;
};

struct ctl_roll {
    struct ctl_entry *entries;
    const void **rows; /* each of them, for a table */
    size_t count, pools;
};

/* Find those of WORKERS that have a caller: 0, or -1 with errno where there is no memory, and
 * nothing is left to free. */
int ctl_roll_call(struct ctl_roll *roll, const struct ctl_snapshot *workers, enum ctl_sort sort);

void ctl_roll_free(struct ctl_roll *roll);

/* Write a heading and as many of them as there are rows left. */
void ctl_roll_write(struct ctl_lines *lines, const struct ctl_roll *roll,
                    const struct ctl_view *view);

#endif
