/*
 * connection_log: the line of the log for a closed connection, and what became of a worker's lines.
 */
#ifndef PREFORKD_SERVER_WORKER_CONNECTION_LOG_H
#define PREFORKD_SERVER_WORKER_CONNECTION_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "server/worker/connection.h"

/* Log the stream that has ended, and the datagram, which took TOOK_NS. */
void connection_log_stream(struct connection *connection, int64_t took_ns);
void connection_log_datagram(struct connection *connection, int64_t took_ns, bool answered);

/* Count the lines that this process could not hand over since the last call, for the master. */
void connection_log_count_dropped(const struct connection *connection);

#endif
