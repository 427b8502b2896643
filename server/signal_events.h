/*
 * signal_events: the master's signals as events of its loop (signalfd(2)).
 */
#ifndef PREFORKD_SERVER_SIGNAL_EVENTS_H
#define PREFORKD_SERVER_SIGNAL_EVENTS_H

#include <signal.h>
#include <stdbool.h>

#include "common/event_loop.h"

/* Called with the signal's NUMBER. */
typedef void signal_handler(void *context, int number);

struct signal_events {
    int fd;            /* -1: closed */
    bool has_terminal; /* standard input is the controlling terminal */
    signal_handler *handler;
    void *context;
};

/* Block the signals that the master handles. Call this before anything else: process 1 of a
 * container would lose them. signal_events_restore() has the mask as it was before. */
void signal_events_block(sigset_t *before);
void signal_events_restore(const sigset_t *before);

/* Set all signals to their default, but SIGPIPE, which is ignored, and have none blocked but those
 * of signal_events_block(): whatever the parent ignored or blocked. */
void signal_events_reset(void);

/* Have LOOP call HANDLER with CONTEXT for each blocked signal; with SIGTERM for the SIGHUP that
 * says that the terminal on standard input is gone. Returns 0, or -1 with errno and something to
 * close. */
int signal_events_open(struct signal_events *signals, struct event_loop *loop,
                       signal_handler *handler, void *context);

/* Close the descriptor; the signals stay blocked. */
void signal_events_close(struct signal_events *signals);

#endif
