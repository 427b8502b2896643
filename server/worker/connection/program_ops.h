/*
 * program_ops: what a service that runs a program does with its connection.
 */
#ifndef PREFORKD_SERVER_WORKER_CONNECTION_PROGRAM_OPS_H
#define PREFORKD_SERVER_WORKER_CONNECTION_PROGRAM_OPS_H

#include <sys/socket.h>

#include "server/worker/connection/connection.h"

/* As struct connection_ops has them. */
int program_ops_descriptor(const struct connection *connection);
const union endpoint_address *program_ops_peer(const struct connection *connection,
                                               socklen_t *length);
void program_ops_executed(struct connection *connection);
const union endpoint_address *program_ops_own(const struct connection *connection,
                                              socklen_t *length);
uint64_t program_ops_from_source(const struct connection *connection);
bool program_ops_may_complain(const struct connection *connection);
void program_ops_moved(struct connection *connection, uint64_t bytes_in, uint64_t bytes_out);
void program_ops_time_out(struct connection *connection);
void program_ops_ended(struct connection *connection, enum program_outcome outcome);
void program_ops_finish(struct connection *connection, enum program_outcome outcome,
                        uint64_t bytes_in, uint64_t bytes_out);

/* End this worker if a fast stop has ended its program. The connection stays active on the page, so
 * that the master counts it as cut by the stop. */
void program_ops_leave(const struct connection *connection);

#endif
