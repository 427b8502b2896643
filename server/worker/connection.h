/*
 * connection: one accepted descriptor from its first byte to its close. It stamps the worker's page
 * for the watchdog, counts, and gives a service its requests.
 */
#ifndef PREFORKD_SERVER_WORKER_CONNECTION_H
#define PREFORKD_SERVER_WORKER_CONNECTION_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "common/config/config.h"
#include "server/service/service.h"
#include "server/worker/scoreboard.h"

/* A worker has one, for one connection after the other. */
struct connection {
    const struct service *service;
    struct worker_page *page;
    struct pool_hints *hints;
    int wake_fd;              /* the master's eventfd */
    volatile sig_atomic_t fd; /* -1: none that a deadline may cut */
    volatile uint32_t number; /* of this worker's connections, the odd ones from 1 */
    int64_t requests_max, requests_left;
    int64_t linger_ns;
    int last_flags;                /* of the send(2) that ends a stream */
    bool half_close;               /* whether a shutdown(2) follows it */
    bool pool_grows;               /* when too few are idle */
    bool logs;                     /* a line for each connection */
    bool tells_end;                /* either of these: there is more to do at the end */
    bool was_lost;                 /* where it logs: the caller could not be reached any more */
    volatile sig_atomic_t was_cut; /* likewise: by a deadline */
    const char *pool;              /* what a line says of the worker */
    size_t slot;
    struct timespec now; /* as it was last read */
    int64_t second;      /* in which the last connection began; see struct second */
};

/* Ready for the first connection of a worker. */
void connection_init(struct connection *connection, const struct pool_config *config,
                     const struct service *service, struct worker_page *page,
                     struct pool_hints *hints, size_t slot, int wake_fd);

/* Something has come from the caller in the page's peer: stamp it, and wake the master if it sleeps
 * without a timer. FD is what a deadline may shut down, -1 for a datagram. */
void connection_begin(struct connection *connection, int fd);

/* The other end of connection_begin: from here on no deadline can reach it, and how long it took is
 * counted and returned. */
int64_t connection_end(struct connection *connection);

/* Serve the stream FD and close it. */
void connection_serve(struct connection *connection, int fd);

/* In a signal handler: shut connection NUMBER down if it is the one in hand. Async-signal-safe. */
void connection_cut(struct connection *connection, uint32_t number);

#endif
