/*
 * datagram: receive one datagram, and answer it.
 */
#ifndef PREFORKD_SERVER_WORKER_DATAGRAM_H
#define PREFORKD_SERVER_WORKER_DATAGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "server/worker/connection.h"

/* Receive one datagram from SOCKET and answer it. OWN_PORT is the inet port that the socket is
 * bound to, 0 for unix; where it is bound to ANY_ADDRESS, the answer comes from the address that
 * the datagram was sent to. Never blocks: a datagram that cannot be answered at once is dropped and
 * counted. Returns 0, or -1 with errno when no datagram was received. */
int datagram_serve(struct connection *connection, int socket, uint16_t own_port, bool any_address);

#endif
