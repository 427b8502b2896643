/*
 * datagram: receive one datagram, and answer it.
 */
#ifndef PREFORKD_SERVER_WORKER_CONNECTION_DATAGRAM_H
#define PREFORKD_SERVER_WORKER_CONNECTION_DATAGRAM_H

#include "server/worker/connection/connection.h"

/* How a worker's listener for datagrams is bound. */
struct datagram_binding {
    uint16_t port;    /* 0: unix */
    bool any_address; /* it is bound to all addresses */
    /* Called with CONTEXT. Returns whether a datagram's sender may be a pool of the same master. */
    bool (*is_own_address)(const void *context, const union endpoint_address *address,
                           socklen_t length);
    const void *context;
};

/* Receive one datagram from SOCKET, and answer it; where its BINDING is to all addresses, from the
 * one that the datagram was sent to. Never blocks: a datagram that cannot be answered at once is
 * dropped and counted. Returns 0, or -1 with errno when no datagram was received. */
int datagram_serve(struct connection *connection, int socket,
                   const struct datagram_binding *binding);

#endif
