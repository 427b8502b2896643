/*
 * connection: one connection of the load, from its socket to the last byte of a reply. It never
 * blocks: the driver calls load_connection_advance when the socket is ready.
 */
#ifndef PREFORKD_CLIENT_LOAD_ENGINE_CONNECTION_H
#define PREFORKD_CLIENT_LOAD_ENGINE_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/load/engine/payload.h"
#include "client/load/engine/result.h"
#include "client/load/plan.h"

enum load_state {
    STATE_IDLE,       /* no request under way */
    STATE_QUEUE_FULL, /* of a unix server: connect(2) has to be tried again */
    STATE_CONNECTING,
    STATE_SENDING,
    STATE_RECEIVING,
};

enum load_outcome { OUTCOME_PENDING, OUTCOME_QUEUE_FULL, OUTCOME_OK, OUTCOME_FAILED };

struct load_connection {
    struct load_list *list; /* that holds it, or NULL */
    struct load_connection *previous, *next;
    int fd; /* -1: closed */
    enum load_state state;
    enum load_error error; /* of the last request that failed */
    int cause;             /* its errno, if it is a connect error */
    uint32_t watched;      /* events that epoll reports of fd; 0: it is not in the epoll */
    bool connected_anew;   /* the current request opened the connection */
    int64_t answered;      /* requests, on this connection */
    int64_t resume_ns;     /* when its pause ends */

    /* The current request. */
    uint64_t number;
    int64_t due_ns, started_ns, connected_ns;
    size_t sent, received; /* in bytes */
    bool measured;         /* it came due after the warm-up, so it counts */
    bool heard;            /* something was received, right or wrong */
    bool reached;          /* it has been counted as having reached a server */
};

/* Begin the request whose number and start time are set: connect, unless the connection is open,
 * and send what the socket takes. Does not look for a reply yet. */
enum load_outcome load_connection_start(struct load_connection *connection,
                                        const struct load_plan *plan,
                                        const struct load_payload *payload);

/* Continue the current request: connect again, send or receive, as its state says. */
enum load_outcome load_connection_advance(struct load_connection *connection,
                                          const struct load_plan *plan,
                                          const struct load_payload *payload);

/* Return the epoll events that the current request waits for. */
uint32_t load_connection_events(const struct load_connection *connection);

/* Return whether the current request has taken longer, by NOW_NS, than PLAN allows: to connect, or
 * from its start to the whole reply. If so, that is stored as its error. */
bool load_connection_is_late(struct load_connection *connection, const struct load_plan *plan,
                             int64_t now_ns);

/* Close the socket, if it is open. */
void load_connection_close(struct load_connection *connection);

#endif
