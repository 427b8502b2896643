/*
 * top_view: the text that `preforkctl top` shows at one moment.
 */
#ifndef PREFORKD_CLIENT_CTL_VIEW_TOP_VIEW_H
#define PREFORKD_CLIENT_CTL_VIEW_TOP_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "client/control/snapshot.h"
#include "client/ctl/view/sparkline.h"
#include "client/ctl/view/worker_list.h"

/* How to show it. */
struct top_view {
    size_t columns, rows; /* rows 0: any number, and keys do not work */
    enum worker_order order;
    bool help; /* explain, instead of showing pools and workers */
    bool colours;
    const char *trouble;           /* why what is shown is old, or NULL */
    const struct sparkline *rates; /* connections a second of all pools; NULL: not shown */
};

/* Return the lines, each ended by a newline, to be freed: no more and no longer ones than VIEW has
 * room for, and without control characters but newlines and, if wanted, colours. STATUS is a reply
 * to
 * `status`, WORKERS one to `workers`, or without pools. NULL with errno if there is no memory. */
char *top_view_compose(const struct snapshot *status, const struct snapshot *workers,
                       const struct top_view *view);

#endif
