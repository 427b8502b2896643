/*
 * accept_queue: how many callers wait to be accepted, and how many may.
 */
#ifndef PREFORKD_SERVER_NET_ACCEPT_QUEUE_H
#define PREFORKD_SERVER_NET_ACCEPT_QUEUE_H

#include <stdint.h>

#include "common/endpoint.h"

struct queue_depth {
    int64_t length; /* callers; those whom TCP_DEFER_ACCEPT holds back are not among them */
    int64_t limit;  /* the kernel admits one more */
};

/* Look at the accept queue of the stream listener FD, which is bound to ENDPOINT: 0, or -1 where the
 * kernel does not tell, as of a listener of another network namespace. It takes no privilege: inet
 * by TCP_INFO (tcp(7)), unix by NETLINK_SOCK_DIAG (sock_diag(7), UNIX_DIAG_RQLEN). */
int accept_queue_look(int fd, const struct endpoint *endpoint, struct queue_depth *depth);

#endif
