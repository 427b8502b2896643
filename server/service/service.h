/*
 * service: what a service is, and all that it may use.
 *
 * A service is what a pool does with a connection or a datagram. It is one file in builtin/, which
 * defines `service_NAME` and includes no other header of preforkd, and one line in the table of
 * service.c. It runs in a worker, a process that has one connection at a time. So it may block, and
 * may keep what it has in static variables; the master watches the deadlines. A signal may
 * interrupt its own system calls (EINTR), but not the operations below.
 */
#ifndef PREFORKD_SERVER_SERVICE_SERVICE_H
#define PREFORKD_SERVER_SERVICE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct connection; /* known to the worker alone */

/* What a service may do with its connection. A table, so that a service links to nothing of the
 * worker. */
struct connection_ops {
    /* Wait for a request: what one read(2) of at most SIZE bytes puts into BYTES. Returns how many
     * bytes to answer; this is 1 where requests_per_connection is 1, and what came with that byte
     * is discarded. Returns 0 where there is no request: at the end of file, when the last request
     * has been answered, after an error, or after a deadline. */
    size_t (*read_request)(struct connection *connection, void *bytes, size_t size);

    /* Send SIZE BYTES as the answer to that request. The answer to the last request ends the
     * connection too. Returns 0, or -1 when stream() is to return: the connection has ended, or its
     * peer is gone. */
    int (*answer)(struct connection *connection, const void *bytes, size_t size);

    /* Send SIZE BYTES that answer no request. Returns 0, or -1 when the peer is gone. */
    int (*send)(struct connection *connection, const void *bytes, size_t size);

    /* Send SIZE BYTES that answer no request, and end the connection with them. */
    void (*conclude)(struct connection *connection, const void *bytes, size_t size);
};

struct service {
    const char *name;

    /* The service sends nothing before its first request. So the kernel may hold a connection back
     * until its first byte is there (defer_accept). */
    bool client_speaks_first;

    /* Serve CONNECTION by OPS. The worker closes it afterwards. */
    void (*stream)(struct connection *connection, const struct connection_ops *ops);

    /* End the connection whose descriptor is FD, because its deadline is over. This runs in a
     * signal handler, at any time between accept and close: only what signal-safety(7) allows. If
     * stream() has not returned after a second, the worker is killed. NULL: shutdown(2), which
     * makes the operations fail. */
    void (*cut)(int fd);

    /* Replace the SIZE BYTES of a datagram by its answer, of at most ROOM bytes. Returns the length
     * of the answer, or -1 for none. NULL: the service has no datagrams. */
    ssize_t (*datagram)(unsigned char *bytes, size_t size, size_t room);
};

/* Return the service called NAME, or NULL. */
const struct service *service_find(const char *name);

/* Return the names of all services, then NULL. */
const char *const *service_names(void);

#endif
