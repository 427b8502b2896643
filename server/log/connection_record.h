/*
 * connection_record: what log_connections has of a connection, on its way from the worker to the
 * master, which composes the line.
 */
#ifndef PREFORKD_SERVER_LOG_CONNECTION_RECORD_H
#define PREFORKD_SERVER_LOG_CONNECTION_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/endpoint.h"
#include "common/log_text.h"

/* preforkd.conf(5) explains the words. */
enum connection_outcome {
    OUTCOME_ANSWERED,
    OUTCOME_CUT,
    OUTCOME_LOST,
    OUTCOME_CLOSED,
    OUTCOME_DROPPED,
    OUTCOME_FAILED,
    OUTCOME_SIGNALLED,
    OUTCOME_UNSTARTED
};

#define CONNECTION_BYTES_UNKNOWN ((uint64_t)INT64_MAX)

struct connection_record {
    enum connection_outcome outcome;
    uint64_t bytes_in, bytes_out;
    uint64_t took_ns;
    char peer[ENDPOINT_TEXT_SIZE];
};

enum { CONNECTION_RECORD_KIND = 'C' };

/* Send RECORD to the master, at any log_level: log_connections asks for it. */
void connection_record_send(const struct connection_record *record);

/* Read RECORD from the TEXT of LENGTH bytes of a record. Returns whether it is one. */
bool connection_record_read(struct connection_record *record, const char *text, size_t length);

/* Print MESSAGE, and FIELDS, NUL-terminated, which a JSON line has beside it. */
void connection_record_print(const struct connection_record *record, const char *pool, size_t slot,
                             struct log_text *message, struct log_text *fields);

#endif
