/*
 * record: what a worker sends to the log (common/log.h), as the master reads it. A worker may send
 * anything: what is no record is not trusted to be one.
 */
#ifndef PREFORKD_SERVER_LOG_RECORD_H
#define PREFORKD_SERVER_LOG_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct log_record {
    char kind;
    size_t slot; /* as the worker says; so is the pid */
    pid_t pid;
    const char *text; /* LENGTH bytes within those that were read, which may be anything */
    size_t length;
};

/* Read RECORD from LENGTH BYTES, without their newline. Returns whether they are a record. */
bool log_record_read(struct log_record *record, const char *bytes, size_t length);

/* Read the decimal digits from *AT on, up to SEPARATOR, into VALUE, and move *AT behind that.
 * Returns false where there are none before END, or too many. */
bool log_record_read_number(const char **at, const char *end, char separator, uint64_t *value);

#endif
