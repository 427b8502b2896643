/*
 * wakeup: the pipe by which the workers of a pool wake the master.
 *
 * Each pool has its own, so that a worker can disturb the wakeups of its own pool alone. The two
 * ends are two open file descriptions: the master's is non-blocking, and no worker can change that.
 */
#ifndef PREFORKD_SERVER_POOL_WAKEUP_H
#define PREFORKD_SERVER_POOL_WAKEUP_H

#include "common/event_loop.h"

struct wakeup {
    struct event_loop *loop; /* NULL: the pipe is not open */
    int read_fd;             /* the master's end */
    int write_fd;            /* the workers' */
};

/* Open the pipe and have LOOP call HANDLER with CONTEXT when a worker writes to it. Returns 0, or
 * -1 with errno. */
int wakeup_open(struct wakeup *wakeup, struct event_loop *loop, event_handler *handler,
                void *context);

/* Read what was written, if anything was. Returns 0, or -1 with errno. */
int wakeup_clear(const struct wakeup *wakeup);

/* Close it, where it is open. */
void wakeup_close(struct wakeup *wakeup);

#endif
