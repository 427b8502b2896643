/*
 * sink: where the log goes. The master writes it, alone; workers send their lines through one
 * pipe, which never blocks them.
 */
#ifndef PREFORKD_SERVER_LOG_SINK_H
#define PREFORKD_SERVER_LOG_SINK_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/failure.h"
#include "common/log.h"

struct log_sink {
    const char *path; /* NULL: standard error */
    enum log_level level;
    enum log_format format;
    int fd;
    size_t batch_size; /* what one write(2) to it may be at most */
    int pipe_read_fd, pipe_write_fd;
    uint64_t dropped;  /* lines, not reported yet */
    uint64_t lost;     /* all since the start */
    int64_t report_ns; /* no report before */
    size_t length;     /* of an unfinished line */
    char buffer[4 * PIPE_BUF];
};

/* Open the log at PATH (NULL: standard error) and direct this process's lines up to LEVEL there. 0,
 * or -1 with FAILURE. */
int log_sink_open(struct log_sink *sink, const char *path, enum log_level level,
                  enum log_format format, struct failure *failure);

/* Open the file again, for one that was renamed away; on failure the old one is kept
 * and told, and it is -1 with errno. */
int log_sink_reopen(struct log_sink *sink);

/* From now on the log is at PATH, its lines up to LEVEL and in FORMAT; a file that cannot be opened
 * leaves the old one, and that is told. */
void log_sink_change(struct log_sink *sink, const char *path, enum log_level level,
                     enum log_format format);

/* Write some of what has come through the pipe: how many bytes came; or all, when no worker is
 * left. */
size_t log_sink_drain(struct log_sink *sink);
void log_sink_drain_all(struct log_sink *sink);

/* LINES more were lost on their way to the pipe. */
void log_sink_note_dropped(struct log_sink *sink, uint64_t lines);

/* Say how many lines were lost, if any were and it can be said, at most once a second. When there
 * will be more to say; INT64_MAX: nothing is left, or the log has to be tried at the next event. */
int64_t log_sink_report_dropped(struct log_sink *sink, int64_t now_ns);

/* In a worker: lines go through the pipe from now on, and the master's ends are closed. */
void log_sink_enter_worker(const struct log_sink *sink);

/* Write what is left and close everything. */
void log_sink_close(struct log_sink *sink);

#endif
