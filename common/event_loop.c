/*
 * event_loop: see event_loop.h.
 */
#include "common/event_loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS_PER_WAIT = 8, CAPACITY_MIN = 64 };

struct event_watch {
    event_handler *handler; /* NULL: the descriptor is not watched */
    void *context;
    uint32_t registration;
};

int event_loop_open(struct event_loop *loop)
{
    *loop = (struct event_loop){.epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
    return loop->epoll_fd < 0 ? -1 : 0;
}

void event_loop_close(struct event_loop *loop)
{
    if (loop->epoll_fd >= 0)
        close(loop->epoll_fd);
    free(loop->watches);
    *loop = (struct event_loop)EVENT_LOOP_CLOSED;
}

/* Make room for the descriptor FD. Returns 0, or -1 with errno. */
static int reserve(struct event_loop *loop, int fd)
{
    size_t capacity = loop->capacity < CAPACITY_MIN ? CAPACITY_MIN : loop->capacity;
    struct event_watch *watches;

    if ((size_t)fd < loop->capacity)
        return 0;
    while (capacity <= (size_t)fd)
        capacity *= 2;
    watches = reallocarray(loop->watches, capacity, sizeof(*watches));
    if (watches == NULL)
        return -1;
    for (size_t i = loop->capacity; i < capacity; i++)
        watches[i] = (struct event_watch){.handler = NULL};
    loop->watches = watches;
    loop->capacity = capacity;
    return 0;
}

/* Call epoll_ctl(2) for FD. The event carries the registration, so that dispatch() can tell whether
 * FD is still the descriptor that was watched. */
static int epoll_control(const struct event_loop *loop, int operation, int fd, uint32_t events)
{
    uint64_t registration = loop->watches[fd].registration;
    struct epoll_event event = {.events = events, .data.u64 = registration << 32 | (uint32_t)fd};

    return epoll_ctl(loop->epoll_fd, operation, fd, &event);
}

int event_loop_add(struct event_loop *loop, int fd, uint32_t events, event_handler *handler,
                   void *context)
{
    struct event_watch before;

    if (reserve(loop, fd) < 0)
        return -1;
    before = loop->watches[fd];
    loop->watches[fd] = (struct event_watch){
        .handler = handler, .context = context, .registration = ++loop->registrations};
    if (epoll_control(loop, EPOLL_CTL_ADD, fd, events) == 0)
        return 0;
    loop->watches[fd] = before;
    return -1;
}

int event_loop_change(struct event_loop *loop, int fd, uint32_t events)
{
    return epoll_control(loop, EPOLL_CTL_MOD, fd, events);
}

void event_loop_remove(struct event_loop *loop, int fd)
{
    int cause = errno;

    if ((size_t)fd >= loop->capacity)
        return;
    /* What stays registered is reported for as long as any process has the file open. */
    if (epoll_control(loop, EPOLL_CTL_DEL, fd, 0) < 0)
        epoll_control(loop, EPOLL_CTL_DEL, fd, 0);
    loop->watches[fd].handler = NULL;
    errno = cause;
}

static void dispatch(const struct event_loop *loop, const struct epoll_event *event)
{
    const struct event_watch watch = loop->watches[(uint32_t)event->data.u64];

    if (watch.handler != NULL && watch.registration == event->data.u64 >> 32)
        watch.handler(watch.context, event->events);
}

void event_loop_wait(struct event_loop *loop, int timeout_ms)
{
    struct epoll_event events[EVENTS_PER_WAIT];
    int count = epoll_wait(loop->epoll_fd, events, EVENTS_PER_WAIT, timeout_ms);

    for (int i = 0; i < count; i++)
        dispatch(loop, &events[i]);
}
