/*
 * connection: one accepted descriptor, from its first byte to its close, or one datagram. It keeps
 * the worker's page, from which the master takes deadlines and counts, and hands the service its
 * requests.
 */
#ifndef PREFORKD_SERVER_WORKER_CONNECTION_CONNECTION_H
#define PREFORKD_SERVER_WORKER_CONNECTION_CONNECTION_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/config/config.h"
#include "server/scoreboard/scoreboard.h"
#include "server/service/service.h"

/* A worker has one, for its connections one after the other. */
struct connection {
    const struct service *service;
    /* As struct preforkd_service has them: the service's own. */
    void (*stream)(struct preforkd_connection *connection,
                   const struct preforkd_operations *operations);
    ssize_t (*datagram)(struct preforkd_connection *connection,
                        const struct preforkd_operations *operations, unsigned char *bytes,
                        size_t size, size_t room);
    const struct connection_ops *ops; /* what it may do with a stream */
    struct worker_page *page;
    struct pool_hints *hints;
    int wake_fd;              /* the pipe that wakes the master */
    volatile sig_atomic_t fd; /* what a deadline cuts; -1: nothing */
    volatile uint32_t number; /* of the worker's connections, from 1; never 0 once there is one */
    int64_t requests_max, requests_left;
    int64_t linger_ns;
    int last_flags;                /* of the send(2) that ends a stream */
    bool half_close;               /* a shutdown(2) follows it */
    bool pool_grows;               /* keep pool_hints.busy, and ask for more workers */
    bool logs;                     /* a line for each connection */
    bool runs_program;             /* the service does */
    bool knows_bytes;              /* how many moved: not where a program has a unix socket */
    enum program_outcome program;  /* how it ended */
    bool was_lost;                 /* the peer is gone; for the log */
    volatile sig_atomic_t was_cut; /* a deadline was over; for the log */
    const char *pool;              /* names for the log */
    size_t slot;
    const struct proxy_header *proxied; /* the header in front of it; NULL: it has none */
    uint64_t from_source; /* how many its source has in the pool; 0: that is not counted */
    /* Whether the datagram from page->peer may be served; NULL: all may. */
    bool (*admits)(const struct connection *connection);
    int64_t second; /* in which the last connection began; see struct second */
};

/* Prepare CONNECTION for the first connection of a worker. */
void connection_init(struct connection *connection, const struct pool_config *config,
                     const struct service *service, struct worker_page *page,
                     struct pool_hints *hints, size_t slot, int wake_fd);

/* Have BYTES serve, the module that the worker has loaded. */
void connection_set_module(struct connection *connection, const struct preforkd_service *bytes);

/* What a service may do with its connection. */
extern const struct connection_ops connection_ops;

/* Return what a service in C has in place of CONNECTION. */
static inline struct preforkd_connection *connection_handle(struct connection *connection)
{
    return (struct preforkd_connection *)connection;
}

/* Let a deadline or a stop reach FD, as connection NUMBER + 1, and let the master see that the
 * worker is busy; then, no longer. */
void connection_publish(struct connection *connection, int fd);
void connection_withdraw(struct connection *connection);

/* Begin a connection: stamp and count it, and wake the master if it sleeps without a timer. FD is
 * what a deadline cuts, -1 for a datagram that no program serves. page->peer is set already. */
void connection_begin(struct connection *connection, int fd);

/* End it: no deadline can reach it from here on. Returns how many nanoseconds it took, which is
 * counted too. */
int64_t connection_end(struct connection *connection);

/* Serve the stream FD from connection_begin() to connection_end(), and close it. */
void connection_serve(struct connection *connection, int fd);

/* A byte has moved: idle_timeout begins anew. */
static inline void connection_note_moved(const struct connection *connection)
{
    atomic_store_explicit(&connection->page->moved_ns, clock_coarse_ns(), memory_order_relaxed);
}

/* Make the master look at the scoreboards. */
void connection_wake_master(const struct connection *connection);

#endif
