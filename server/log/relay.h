/*
 * relay: when the master reads the channels of its pools, and writes their lines to the log.
 */
#ifndef PREFORKD_SERVER_LOG_RELAY_H
#define PREFORKD_SERVER_LOG_RELAY_H

#include <stdint.h>

#include "common/event_loop.h"
#include "server/log/channel.h"
#include "server/log/sink.h"

struct log_relay {
    struct log_sink *sink;
    struct event_loop *loop; /* NULL: none yet, or none any more */
    struct log_channel *channels;
};

/* Read CHANNEL, which is open, until log_relay_remove. Returns 0, or -1 with errno. */
int log_relay_add(struct log_relay *relay, struct log_channel *channel);

/* Write what CHANNEL holds, whose workers have ended, and read it no more. */
void log_relay_remove(struct log_channel *channel);

/* Write what all channels hold, when no worker is left. */
void log_relay_drain(struct log_relay *relay);

/* Have LOOP watch the channels; NULL: no loop. Returns 0, or -1 with errno. */
int log_relay_watch(struct log_relay *relay, struct event_loop *loop);

/* Write some lines, and report lost ones. Returns when to call again at the latest. */
int64_t log_relay_continue(struct log_relay *relay, int64_t now_ns);

#endif
