/*
 * accept_queue: the length of a listener's accept queue, and its limit.
 */
#ifndef PREFORKD_SERVER_NET_ACCEPT_QUEUE_H
#define PREFORKD_SERVER_NET_ACCEPT_QUEUE_H

#include <stdint.h>

#include "common/endpoint.h"

struct queue_depth {
    int64_t length; /* connections; those that TCP_DEFER_ACCEPT holds back are not counted */
    int64_t limit;  /* the kernel admits one more */
};

/* Look at the accept queue of the stream listener FD, which is bound to ENDPOINT. Returns 0, or -1
 * where the kernel does not say, as for a listener of another network namespace. No privilege is
 * needed: inet uses TCP_INFO (tcp(7)), unix NETLINK_SOCK_DIAG (sock_diag(7), UNIX_DIAG_RQLEN). */
int accept_queue_look(int fd, const struct endpoint *endpoint, struct queue_depth *depth);

/* What accept_queue_count() returns where the kernel does not say. */
#define ACCEPT_QUEUE_UNKNOWN INT64_C(-1)

/* Return how many connections are queued at FD, a listener that is bound to ENDPOINT; of datagrams
 * 1 where there are any, else 0. */
int64_t accept_queue_count(int fd, const struct endpoint *endpoint);

#endif
