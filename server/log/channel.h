/*
 * channel: the pipe by which the workers of one pool send records to the master. A worker can write
 * anything to it, and as fast as it likes: the master reads no more of it than the pool's rate, and
 * believes of a record that it comes from a worker of the pool, and nothing else.
 */
#ifndef PREFORKD_SERVER_LOG_CHANNEL_H
#define PREFORKD_SERVER_LOG_CHANNEL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/log/sink.h"

/* The pool whose workers write. */
struct log_source {
    const char *pool;
    bool logs_connections; /* whose lines are limited by the connections, and by no rate */
    /* Returns whether PID is or was the worker of SLOT in POOL. */
    bool (*has_worker)(const void *context, size_t slot, pid_t pid);
    const void *context;
};

struct log_relay;

struct log_channel {
    struct log_channel *next; /* this and the next two are the relay's */
    struct log_relay *relay;
    int64_t due_ns; /* when to read; NEVER_NS: when the event loop reports lines */
    struct log_source source;
    int read_fd, write_fd;  /* -1: closed */
    unsigned int allowance; /* lines that the master will still read */
    int64_t filled_ns;      /* when the allowance grew last */
    bool is_muted;          /* the allowance is used up, and that was logged */
    size_t length;          /* of the unfinished line in REST */
    char rest[PIPE_BUF];
};

/* Open CHANNEL for SOURCE. Returns 0, or -1 with errno and nothing open. */
int log_channel_open(struct log_channel *channel, const struct log_source *source);

/* Read the pipe once and write the lines to SINK. Returns when to read again: NOW_NS where there
 * was much; NEVER_NS: at the next event. */
int64_t log_channel_read(struct log_channel *channel, struct log_sink *sink, int64_t now_ns);

/* Read what the pipe holds, when no worker is left to write more: within the allowance. */
void log_channel_drain(struct log_channel *channel, struct log_sink *sink, int64_t now_ns);

void log_channel_close(struct log_channel *channel);

#endif
