/*
 * connection_log: log a closed connection, and count the lines that a worker has dropped.
 */
#ifndef PREFORKD_SERVER_WORKER_CONNECTION_CONNECTION_LOG_H
#define PREFORKD_SERVER_WORKER_CONNECTION_CONNECTION_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "server/worker/connection/connection.h"

/* Return whether a failure may be logged: one a second of its kind, of the whole pool. LAST_S, in
 * the pool's hints, has when one was logged. */
bool connection_may_complain(_Atomic int64_t *last_s);

/* Return whether a refusal may be logged, as connection_may_complain() does. If so, MORE becomes
 * how many were not since the last that was, for the end of the line; LEFT_OUT, in the pool's
 * hints, counts them. */
enum { CONNECTION_MORE_SIZE = 64 };
bool connection_may_name(_Atomic int64_t *last_s, _Atomic uint32_t *left_out,
                         char more[CONNECTION_MORE_SIZE]);

/* Log that CONNECTION, a stream or a datagram, has ended after TOOK_NS. */
void connection_log_stream(struct connection *connection, int64_t took_ns);
void connection_log_datagram(struct connection *connection, int64_t took_ns, bool answered);

/* Count the lines that this process has dropped since the last call, on the worker's page and in
 * the pool's hints, where the master finds them. */
void connection_log_count_dropped(const struct connection *connection);

#endif
