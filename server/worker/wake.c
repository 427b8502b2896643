/*
 * wake: what wakes an idle worker: its epoll.
 */
#include <errno.h>
#include <sys/epoll.h>

#include "server/worker/worker_state.h"

/* Signals, and other descriptors, wake as the listener does. */
enum source { SOURCE_LISTENER, SOURCE_LIFELINE };

static int watch(const struct worker *worker, int fd, uint32_t events, enum source source)
{
    struct epoll_event event = {.events = events, .data.u32 = source};

    return epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 && !worker->leaving ? -1 : 0;
}

/* EPOLLEXCLUSIVE wakes one idle worker for a connection, and of the idle ones the one that
 * registered first, whose caches are warm. */
static int watch_listener(const struct worker *worker)
{
    return watch(worker, worker->listener_fd, EPOLLIN | EPOLLEXCLUSIVE, SOURCE_LISTENER);
}

/* The lifeline's end of file is EPOLLHUP, which is reported unasked. */
int wake_open(struct worker *worker)
{
    worker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (worker->epoll_fd < 0 || watch(worker, worker->job.lifeline_fd, 0, SOURCE_LIFELINE) < 0)
        return -1;
    return watch_listener(worker);
}

int wake_watch(const struct worker *worker, int fd)
{
    return watch(worker, fd, EPOLLIN, SOURCE_LISTENER);
}

/* A wakeup for a client that comes meanwhile is not lost: to register looks at the queue. */
int wake_register_anew(const struct worker *worker)
{
    epoll_ctl(worker->epoll_fd, EPOLL_CTL_DEL, worker->listener_fd, NULL);
    return watch_listener(worker);
}

/* The listener and the lifeline are two events. A signal to leave makes a third one, but then
 * `leaving` is set, and the lifeline does not matter; what else is watched delays it by a turn. */
int wake_wait(const struct worker *worker, bool *retired)
{
    struct epoll_event events[2];
    int count = epoll_wait(worker->epoll_fd, events, 2, -1);

    *retired = (count > 0 && events[0].data.u32 == SOURCE_LIFELINE) ||
               (count > 1 && events[1].data.u32 == SOURCE_LIFELINE);
    return count < 0 && errno != EINTR ? -1 : 0;
}
