/*
 * notify: the socket by which the resident programs of a pool say how they are (sd_notify(3)). Any
 * process of this host can write to it: what counts is who did, by the kernel's word, and what does
 * not come from a program of the pool is dropped. Descriptors that are sent along are closed.
 */
#ifndef PREFORKD_SERVER_POOL_KINDS_NOTIFY_H
#define PREFORKD_SERVER_POOL_KINDS_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/clock.h"
#include "common/event_loop.h"

/* Called with CONTEXT for each message: TEXT, which the process PID sent. */
typedef void notify_handler(void *context, pid_t pid, char *text);

struct notify {
    struct event_loop *loop;
    notify_handler *handler;
    void *context;
    int fd;         /* -1: there is none */
    int64_t due_ns; /* when to read again; NEVER_NS: when the loop reports something */
    char name[64];  /* as NOTIFY_SOCKET has it */
};

/* One that is not open: nothing is due, and notify_close() accepts it. */
#define NOTIFY_CLOSED                                                                              \
    {                                                                                              \
        .fd = -1, .due_ns = NEVER_NS                                                               \
    }

/* Open NOTIFY, and have LOOP watch it. Reading takes a wait limit (wait_limit.h).
 * Returns 0, or -1 with errno and nothing open. */
int notify_open(struct notify *notify, struct event_loop *loop, notify_handler *handler,
                void *context);

/* Take the next assignment, NAME=VALUE on a line of its own, off TEXT. Returns whether there was
 * one. */
bool notify_next(char **text, const char **name, const char **value);

/* Read what is due. Returns when to call again. */
int64_t notify_continue(struct notify *notify, int64_t now_ns);

void notify_close(struct notify *notify);

#endif
