/*
 * receive_queue: what waits at a datagram socket, and what the kernel has dropped there.
 */
#ifndef PREFORKD_SERVER_NET_RECEIVE_QUEUE_H
#define PREFORKD_SERVER_NET_RECEIVE_QUEUE_H

#include <stdint.h>

#include "common/endpoint.h"

/* STAT_UNKNOWN where the kernel does not say. */
struct receive_queue {
    int64_t bytes; /* inet: of memory, for all datagrams that wait; unix: of the next datagram */
    int64_t limit; /* of such memory */
    int64_t drops; /* datagrams, since the socket was made; unix: none, as senders wait instead */
};

/* Set QUEUE to that of FD, a datagram socket at ENDPOINT. */
void receive_queue_look(int fd, const struct endpoint *endpoint, struct receive_queue *queue);

#endif
