/*
 * wakeup: see wakeup.h.
 */
#include "server/pool/wakeup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/epoll.h>
#include <unistd.h>

int wakeup_open(struct wakeup *wakeup, struct event_loop *loop, event_handler *handler,
                void *context)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return -1;
    if (event_loop_add(loop, ends[0], EPOLLIN, handler, context) < 0) {
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    *wakeup = (struct wakeup){.loop = loop, .read_fd = ends[0], .write_fd = ends[1]};
    return 0;
}

int wakeup_clear(const struct wakeup *wakeup)
{
    char bytes[PIPE_BUF];

    return read(wakeup->read_fd, bytes, sizeof(bytes)) < 0 && errno != EAGAIN ? -1 : 0;
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
