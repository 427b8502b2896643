/*
 * wakeup: see wakeup.h.
 */
#include "server/pool/wakeup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/pool/pool.h"
#include "server/pool/upkeep.h"

/* Look whatever the pipe has: a worker can read its bytes first. */
static void on_wakeup(void *context, uint32_t events)
{
    struct pool *pool = context;
    char bytes[PIPE_BUF];

    (void)events;
    if (read(pool->wakeup.read_fd, bytes, sizeof(bytes)) < 0 && errno != EAGAIN)
        warn("pool %s: cannot read its wakeups", pool->config->name);
    upkeep_read_wakeup(pool, clock_coarse_ns());
}

int wakeup_open(struct pool *pool, struct event_loop *loop)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return -1;
    if (event_loop_add(loop, ends[0], EPOLLIN, on_wakeup, pool) < 0) {
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    pool->wakeup = (struct wakeup){.loop = loop, .read_fd = ends[0], .write_fd = ends[1]};
    return 0;
}

void wakeup_close(struct wakeup *wakeup)
{
    if (wakeup->loop == NULL)
        return;
    event_loop_remove(wakeup->loop, wakeup->read_fd);
    close(wakeup->read_fd);
    close(wakeup->write_fd);
    *wakeup = (struct wakeup){.loop = NULL};
}
