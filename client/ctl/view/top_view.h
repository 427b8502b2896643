/*
 * frame: what `preforkctl top` shows at one moment, as lines of text.
 */
#ifndef PREFORKD_CLIENT_CTL_VIEW_TOP_VIEW_H
#define PREFORKD_CLIENT_CTL_VIEW_TOP_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "client/control/snapshot.h"

/* In which order the busy workers are. */
enum ctl_sort { SORT_TIME, SORT_CONNECTIONS, SORT_SLOT, CTL_SORTS };

struct ctl_view {
    size_t columns, rows; /* rows 0: as many as it takes, and nobody presses keys */
    enum ctl_sort sort;
    bool help; /* explain, instead of showing pools and workers */
    bool colours;
    const char *trouble; /* why what is shown is old, or NULL */
};

/* The lines, each ended by a newline, to be freed: no more and no longer ones than VIEW has room
 * for, and no control character but the newlines and, where wanted, colours. STATUS is of `status`;
 * WORKERS of `workers`, or without pools. NULL with errno where there is no memory. */
char *ctl_frame_compose(const struct ctl_snapshot *status, const struct ctl_snapshot *workers,
                        const struct ctl_view *view);

#endif
