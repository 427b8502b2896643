/*
 * preforkd/service.h: the interface of a service in C. preforkd-service(3) explains it.
 *
 * A service is what a pool does with a connection or a datagram. The services of preforkd itself
 * have this interface, and so has a shared object that is one (`service = module`): it defines
 * `preforkd_service`, and links to nothing of preforkd.
 *
 * A service runs in a worker, a process that serves one connection at a time. So it may block, and
 * may keep what it has in static variables; the master watches the deadlines. A signal may
 * interrupt its own system calls (EINTR), but not the operations below.
 */
#ifndef PREFORKD_SERVICE_H
#define PREFORKD_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The number of this interface. It changes where a shared object has to be built again. */
#define PREFORKD_ABI 1

struct preforkd_connection; /* known to the worker alone */

/* How important a line of the log is. */
enum preforkd_level {
    PREFORKD_ERROR,
    PREFORKD_WARNING,
    PREFORKD_NOTICE,
    PREFORKD_INFO,
    PREFORKD_DEBUG
};

/* What a service may do. */
struct preforkd_operations {
    /* Wait for a request: what one read(2) of at most SIZE bytes puts into BYTES. Returns how many
     * bytes to answer; this is 1 where requests_per_connection is 1, and what came with that byte
     * is discarded. Returns 0 where there is no request: at the end of file, when the last request
     * has been answered, after an error, or after a deadline. */
    size_t (*request)(struct preforkd_connection *connection, void *bytes, size_t size);

    /* Send SIZE BYTES as the answer to that request. The answer to the last request ends the
     * connection too. Returns 0, or -1 when stream() is to return: the connection has ended, or its
     * peer is gone. */
    int (*answer)(struct preforkd_connection *connection, const void *bytes, size_t size);

    /* Send SIZE BYTES that answer no request. Returns 0, or -1 when the peer is gone. */
    int (*send)(struct preforkd_connection *connection, const void *bytes, size_t size);

    /* Send SIZE BYTES that answer no request, and end the connection with them. */
    void (*conclude)(struct preforkd_connection *connection, const void *bytes, size_t size);

    /* Write a line to the log, which names the pool in front of it. */
    __attribute__((format(printf, 2, 3))) void (*log)(enum preforkd_level level, const char *format,
                                                      ...);

    /* Return the client's address, of *LENGTH bytes: of a client of a unix socket that has none the
     * family alone. NULL where not even that is known, with a length of 0. */
    const struct sockaddr *(*peer)(const struct preforkd_connection *connection, socklen_t *length);
};

/* A service. What it lacks is NULL, but it has stream(), for pools of streams, or datagram(), for
 * pools of datagrams, or both. */
struct preforkd_service {
    int abi; /* PREFORKD_ABI */

    /* The service sends nothing before its first request. So the kernel may hold a TCP connection
     * back until its first byte is there (defer_accept). */
    bool client_speaks_first;

    /* Prepare a worker of the POOL, before its first connection, with the rights of the pool: what
     * has to be opened is opened here, as the sandbox comes next. Returns NULL, or why the worker
     * cannot serve. */
    const char *(*start)(const struct preforkd_operations *operations, const char *pool);

    /* Serve CONNECTION. The worker closes it afterwards. At a deadline the operations fail, and a
     * second later the worker is killed if this has not returned. */
    void (*stream)(struct preforkd_connection *connection,
                   const struct preforkd_operations *operations);

    /* Replace the SIZE BYTES of a datagram by its answer, of at most ROOM bytes. Returns the length
     * of the answer, or -1 for none. Of the operations there are log() and peer() alone. */
    ssize_t (*datagram)(struct preforkd_connection *connection,
                        const struct preforkd_operations *operations, unsigned char *bytes,
                        size_t size, size_t room);

    /* The worker leaves, and serves no more. It does not come here where it is killed. */
    void (*stop)(void);
};

/* What a shared object defines. */
__attribute__((visibility("default"))) extern const struct preforkd_service preforkd_service;

#ifdef __cplusplus
}
#endif

#endif
