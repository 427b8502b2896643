/*
 * traffic: what the kernel says of a connection whose bytes a program moves. It says so of TCP
 * (TCP_INFO, tcp(7)), and nothing of a unix socket.
 */
#ifndef PREFORKD_SERVER_SERVICE_PROGRAM_TRAFFIC_H
#define PREFORKD_SERVER_SERVICE_PROGRAM_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

struct traffic {
    uint64_t bytes_in, bytes_out; /* 0 where they are unknown */
    bool was_reset; /* the client has reset the connection, or closed its unix socket */
};

/* Return the bytes that have moved, those that arrived, whether they were read or not, and those
 * that were sent, and whether the client is gone. It costs one system call, two on unix sockets. */
struct traffic traffic_of(int fd);

/* Return how long ago the last byte moved, either way; -1 where that is unknown. */
int64_t traffic_idle_ns(int fd);

#endif
