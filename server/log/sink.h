/*
 * sink: the destination of the log. Only the master writes to it; workers send their lines through
 * the channels of their pools, which never block them.
 */
#ifndef PREFORKD_SERVER_LOG_SINK_H
#define PREFORKD_SERVER_LOG_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"

struct log_sink {
    const char *name; /* as in destination.h */
    enum log_level level;
    enum log_format format;
    int fd;
    size_t batch_size; /* of one write(2) to the log, at most */
    uint64_t dropped;  /* lines not reported yet */
    bool is_uncertain; /* there may be more of them: a pool logs too much */
    uint64_t lost;     /* all lines dropped since the start */
    int64_t report_ns; /* the next report is not before this */
};

/* Write to standard error until log_sink_change(). */
void log_sink_open(struct log_sink *sink);

/* Open the file again, in case it was renamed away. Returns 0; or -1 with errno after a warning,
 * and the old file stays open. */
int log_sink_reopen(struct log_sink *sink);

/* Change to FD, which log_destination_open() returned for NAME, lines up to LEVEL, and FORMAT. What
 * was written to before is closed. */
void log_sink_change(struct log_sink *sink, int fd, const char *name, enum log_level level,
                     enum log_format format);

/* Count LINES that were not written. */
void log_sink_note_dropped(struct log_sink *sink, uint64_t lines);

/* Log how many lines were dropped, if any, at most once a second. Returns when to call again;
 * INT64_MAX if nothing is left to report, or the log cannot be written and is to be tried at the
 * next event. */
int64_t log_sink_report_dropped(struct log_sink *sink, int64_t now_ns);

/* Write what is left and close everything. */
void log_sink_close(struct log_sink *sink);

#endif
