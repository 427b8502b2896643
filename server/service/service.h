/*
 * service: how a worker serves: by a service in C, whose interface is preforkd/service.h, or by a
 * program.
 *
 * A service in C that is built in is one file in builtin/, which defines `service_NAME` and
 * includes no other header of preforkd, and one line in the table of service.c. One that is a
 * shared object is loaded by module/. Those in program/ run programs.
 */
#ifndef PREFORKD_SERVER_SERVICE_SERVICE_H
#define PREFORKD_SERVER_SERVICE_SERVICE_H

#include <preforkd/service.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "server/program/outcome.h"

struct connection; /* known to the worker alone; struct preforkd_connection stands for it */
struct pool_config;
union endpoint_address;

/* What a service may do with its connection: a service in C has the first member, one that runs a
 * program all of it. A table, so that a service links to nothing of the worker. */
struct connection_ops {
    struct preforkd_operations bytes;

    /* For a program, which reads and writes by itself. Return the connection's descriptor; -1 once
     * it has been cut, or the worker has to leave at once. */
    int (*descriptor)(const struct connection *connection);

    /* Return the client's address, of *LENGTH bytes. */
    const union endpoint_address *(*peer)(const struct connection *connection, socklen_t *length);

    /* Count that a program has been executed, or been given the connection, and how long after
     * accept. */
    void (*executed)(struct connection *connection);

    /* Return the address to which the client connected, of *LENGTH bytes, where a proxy has said
     * it; NULL: it is the socket's own. */
    const union endpoint_address *(*own)(const struct connection *connection, socklen_t *length);

    /* Return how many connections the client's source has in the pool, this one included; 0: that
     * is not counted. */
    uint64_t (*from_source)(const struct connection *connection);

    /* Return whether a failure may be logged: one a second, of the whole pool. */
    bool (*may_complain)(const struct connection *connection);

    /* Count bytes that a service has received and sent by itself; idle_timeout begins anew. */
    void (*moved)(struct connection *connection, uint64_t bytes_in, uint64_t bytes_out);

    /* Cut the connection, as idle_timeout is over. */
    void (*time_out)(struct connection *connection);

    /* Count how a program for a datagram ended. */
    void (*ended)(struct connection *connection, enum program_outcome outcome);

    /* End the connection that a program has served, and count how the program ended, and the bytes
     * that it received and sent. It does not return where the worker has to leave at once. */
    void (*finish)(struct connection *connection, enum program_outcome outcome, uint64_t bytes_in,
                   uint64_t bytes_out);
};

/* What a worker does for its service while it has no connection. Workers of such a service take
 * turns, so that each has the time to prepare for its next one. */
struct idle_ops {
    /* Return a descriptor that is readable when prepare() has something to do. */
    int (*descriptor)(void);

    /* Prepare for the next connection: before the worker accepts the first one, after each one, and
     * when the descriptor is readable. OPS and CONNECTION are for may_complain() alone. Returns
     * whether the service is prepared; if not, the next connection takes longer. */
    bool (*prepare)(const struct connection *connection, const struct connection_ops *ops);

    /* The worker leaves: undo that. */
    void (*end)(void);
};

/* A service in C has a name and `bytes`. All else is of those that run a program. */
struct service {
    const char *name;

    /* NULL where it runs a program, or is a module, which only a worker loads. */
    const struct preforkd_service *bytes;

    /* Return the service that a pool of CONFIG has in place of this one. NULL, and where it returns
     * NULL: this one. */
    const struct service *(*variant)(const struct pool_config *config);

    /* Prepare a worker of the pool of CONFIG, before its first connection: what has to be opened is
     * opened here, as the sandbox comes next. Returns 0, or -1 with errno, and the worker exits.
     * NULL: there is nothing to prepare. */
    int (*begin)(const struct pool_config *config);

    /* As struct preforkd_service has it; OPERATIONS is the first member of struct connection_ops.
     */
    void (*stream)(struct preforkd_connection *connection,
                   const struct preforkd_operations *operations);

    /* End the connection whose descriptor is FD, because its deadline is over. This runs in a
     * signal handler, at any time between accept and close: only what signal-safety(7) allows. If
     * stream() has not returned after a second, or kill_after and a second where it runs a program,
     * the worker is killed. NULL: shutdown(2), which makes the operations fail. */
    void (*cut)(int fd);

    /* NULL: a worker that has no connection only waits for one. */
    const struct idle_ops *idle;

    /* As struct preforkd_service has it, and OPERATIONS as above, which say when its deadline is
     * over. It is called for senders that get no answer, too. */
    ssize_t (*datagram)(struct preforkd_connection *connection,
                        const struct preforkd_operations *operations, unsigned char *bytes,
                        size_t size, size_t room);
};

/* Return the connection that HANDLE stands for, and all that a service that runs a program may do
 * with it. */
static inline struct connection *service_connection(struct preforkd_connection *handle)
{
    return (struct connection *)handle;
}

static inline const struct connection_ops *service_ops(const struct preforkd_operations *operations)
{
    return (const struct connection_ops *)operations;
}

/* Return the service called NAME, or NULL. */
const struct service *service_find(const char *name);

/* Return the service for a pool of CONFIG, whose service is known. */
const struct service *service_of(const struct pool_config *config);

/* Return whether a client of the pool of CONFIG, whose service is known, sends the first byte. */
bool service_lets_client_speak_first(const struct pool_config *config);

/* Return whether the pool of CONFIG, whose service is known, can have datagrams. */
bool service_has_datagrams(const struct pool_config *config);

/* Return the names of all services, then NULL. */
const char *const *service_names(void);

#endif
