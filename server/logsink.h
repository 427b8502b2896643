/*
 * logsink: where the log goes. The master writes it, alone; workers send their lines through one
 * pipe, which never blocks them.
 */
#ifndef PREFORKD_SERVER_LOGSINK_H
#define PREFORKD_SERVER_LOGSINK_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"
#include "server/failure.h"

struct logsink {
    const char *path; /* NULL: standard error */
    enum log_level level;
    int fd;
    int pipe_read_fd, pipe_write_fd;
    uint64_t dropped;      /* lines, not reported yet */
    uint64_t dropped_ever; /* and those that were */
    size_t length;         /* of an unfinished line */
    char buffer[4 * PIPE_BUF];
};

/* Open the log at PATH (NULL: standard error) and direct this process's lines there. 0, or -1 with
 * FAILURE. */
int logsink_open(struct logsink *sink, const char *path, enum log_level level,
                 struct failure *failure);

/* Open the file again, for one that was renamed away; on failure the old one is kept
 * and told, and it is -1 with errno. */
int logsink_reopen(struct logsink *sink);

/* Write some of what has come through the pipe. */
void logsink_drain(struct logsink *sink);

/* Say how many lines were lost, if any were and it can be said. */
void logsink_report_dropped(struct logsink *sink);

/* In a worker: lines go through the pipe from now on, and the master's ends are closed. */
void logsink_enter_worker(const struct logsink *sink);

/* Write what is left and close everything. */
void logsink_close(struct logsink *sink);

#endif
