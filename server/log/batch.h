/*
 * batch: complete lines that are written to the log together, with one time: to a file in one
 * write(2).
 */
#ifndef PREFORKD_SERVER_LOG_BATCH_H
#define PREFORKD_SERVER_LOG_BATCH_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log_text.h"

struct log_batch {
    char time[LOG_TIME_SIZE]; /* of all its lines */
    size_t size;              /* of one write(2), at most */
    uint64_t lines;
    size_t length;
    char bytes[4 * PIPE_BUF];
};

/* Make BATCH empty, for writes of up to SIZE bytes. */
void log_batch_begin(struct log_batch *batch, size_t size);

/* Add LINE, which ends with a newline. */
void log_batch_add(struct log_batch *batch, const struct log_text *line);

/* Write what was added. */
void log_batch_end(struct log_batch *batch);

#endif
