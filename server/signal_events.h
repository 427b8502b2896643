/*
 * signal_events: the master's signals as events of its loop (signalfd(2)).
 */
#ifndef PREFORKD_SERVER_SIGNAL_EVENTS_H
#define PREFORKD_SERVER_SIGNAL_EVENTS_H

#include "common/event_loop.h"

/* Called with the signal's NUMBER. */
typedef void signal_handler(void *context, int number);

struct signal_events {
    int fd; /* -1: closed */
    signal_handler *handler;
    void *context;
};

/* Block the signals that the master handles. Set all others to their default, but SIGPIPE, which is
 * ignored: whatever the parent ignored or blocked. Call this before anything else. */
void signal_events_block(void);

/* Have LOOP call HANDLER with CONTEXT for each blocked signal. Returns 0, or -1 with errno and
 * something to close. */
int signal_events_open(struct signal_events *signals, struct event_loop *loop,
                       signal_handler *handler, void *context);

/* Close the descriptor; the signals stay blocked. */
void signal_events_close(struct signal_events *signals);

#endif
