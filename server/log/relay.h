/*
 * relay: when the master reads the pipe with the workers' lines and writes them to the log.
 */
#ifndef PREFORKD_SERVER_LOG_RELAY_H
#define PREFORKD_SERVER_LOG_RELAY_H

#include <stdint.h>

#include "common/event_loop.h"
#include "server/log/sink.h"

struct log_relay {
    struct log_sink *sink;
    struct event_loop *loop;
    int64_t due_ns; /* when to read the pipe; NEVER_NS: when the loop reports lines */
};

/* Have LOOP watch the pipe of SINK. Returns 0, or -1 with errno. */
int log_relay_open(struct log_relay *relay, struct log_sink *sink, struct event_loop *loop);

/* Write some lines, and report lost ones. Returns when to call again at the latest. */
int64_t log_relay_continue(struct log_relay *relay, int64_t now_ns);

#endif
