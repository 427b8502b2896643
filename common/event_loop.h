/*
 * event_loop: an epoll with a handler for each descriptor, in the manner of redis ae.h.
 *
 * A handler may add, change and remove any descriptor, its own included: events of the same round
 * that belong to a removed descriptor are discarded, even if its number is in use again.
 */
#ifndef PREFORKD_COMMON_EVENT_LOOP_H
#define PREFORKD_COMMON_EVENT_LOOP_H

#include <stddef.h>
#include <stdint.h>

/* Called with the CONTEXT that was given with the descriptor, and what is ready (EPOLLIN, ...). */
typedef void event_handler(void *context, uint32_t events);

struct event_watch; /* private */

struct event_loop {
    int epoll_fd;                /* -1: closed */
    struct event_watch *watches; /* indexed by descriptor */
    size_t capacity;             /* of watches */
    uint32_t registrations;      /* so far: tells a descriptor from an earlier one of its number */
};

/* A loop that is not open; event_loop_close accepts it. */
#define EVENT_LOOP_CLOSED                                                                          \
    {                                                                                              \
        .epoll_fd = -1                                                                             \
    }

/* Open LOOP, close-on-exec. Returns 0, or -1 with errno. */
int event_loop_open(struct event_loop *loop);

/* Close LOOP and free its memory; the descriptors that it watched stay open. */
void event_loop_close(struct event_loop *loop);

/* Watch FD for EVENTS (EPOLLIN, EPOLLOUT, or 0 for errors and hang-ups alone) and call HANDLER with
 * CONTEXT. FD must not be watched yet. Returns 0, or -1 with errno and FD unwatched. */
int event_loop_add(struct event_loop *loop, int fd, uint32_t events, event_handler *handler,
                   void *context);

/* Watch FD, which was added, for EVENTS instead. Returns 0, or -1 with errno. */
int event_loop_change(struct event_loop *loop, int fd, uint32_t events);

/* Stop watching FD, if it is watched. Call this before close(2): while another process holds a copy
 * of FD, epoll would go on to report its events (epoll(7)). */
void event_loop_remove(struct event_loop *loop, int fd);

/* Wait up to TIMEOUT_MS (-1: for ever) and call the handlers of what is ready; of nothing where a
 * signal interrupted the wait. */
void event_loop_wait(struct event_loop *loop, int timeout_ms);

#endif
