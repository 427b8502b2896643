/*
 * datagram: receive one datagram, and answer it.
 */
#ifndef PREFORKD_SERVER_WORKER_CONNECTION_DATAGRAM_H
#define PREFORKD_SERVER_WORKER_CONNECTION_DATAGRAM_H

#include "server/worker/connection/connection.h"
#include "server/worker/worker.h"

/* Receive one datagram from SOCKET, the listener of JOB, and answer it; where that is bound to all
 * addresses, from the one that the datagram was sent to. Never blocks: a datagram that cannot be
 * answered at once is dropped and counted. Returns 0, or -1 with errno when no datagram was
 * received. */
int datagram_serve(struct connection *connection, int socket, const struct worker_job *job);

#endif
