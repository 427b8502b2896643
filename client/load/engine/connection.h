/*
 * connection: one caller of the load, from its socket to the last byte of a reply. It never
 * waits: whoever owns it says when to go on.
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
    STATE_IDLE,       /* no request in hand */
    STATE_QUEUE_FULL, /* to be begun again: a unix server's accept queue was full */
    STATE_CONNECTING,
    STATE_SENDING,
    STATE_RECEIVING,
};

enum load_outcome { OUTCOME_PENDING, OUTCOME_QUEUE_FULL, OUTCOME_OK, OUTCOME_FAILED };

struct load_connection {
    struct load_list *list; /* that it is in, or NULL */
    struct load_connection *previous, *next;
    int fd; /* -1: none */
    enum load_state state;
    enum load_error error; /* of the request that failed, with its errno */
    int cause;
    uint32_t watched;    /* epoll events that are reported of fd */
    bool connected_anew; /* the request in hand made the connection */
    int64_t answered;    /* requests on this connection */
    int64_t resume_ns;   /* while it pauses */

    /* Of the request in hand. */
    uint64_t number;
    int64_t due_ns, started_ns, connected_ns;
    size_t sent, received; /* in bytes */
    bool measured;         /* it counts: the warm-up is over */
    bool reached;          /* somebody was there */
};

/* Begin the request whose number and time of start are set, on a new connection where there is
 * none: connect, and send what goes. A reply is not looked for yet. */
enum load_outcome load_connection_start(struct load_connection *connection,
                                        const struct load_plan *plan,
                                        const struct load_payload *payload);

/* Go on with the request, in whatever state it is. */
enum load_outcome load_connection_advance(struct load_connection *connection,
                                          const struct load_plan *plan,
                                          const struct load_payload *payload);

/* The epoll events that the request in hand waits for. */
uint32_t load_connection_events(const struct load_connection *connection);

/* The error that a request has which is given up in the state it is in. */
enum load_error load_connection_timeout(const struct load_connection *connection);

void load_connection_close(struct load_connection *connection);

#endif
