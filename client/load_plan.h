/*
 * load_plan: what a run of preforkload is to do, and what came of it. Data alone.
 */
#ifndef PREFORKD_CLIENT_LOAD_PLAN_H
#define PREFORKD_CLIENT_LOAD_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/endpoint.h"
#include "common/histogram.h"

/* What a reply has to be: each byte plus one, the bytes themselves, or as long at least. */
enum load_expect { EXPECT_INCREMENT, EXPECT_ECHO, EXPECT_ANY };

/* Why a request failed. The connect errors are those of a request that could not be sent. */
enum load_error {
    CONNECT_REFUSED, /* nobody listens there, or there is no such socket */
    CONNECT_BACKLOG_FULL,
    CONNECT_NO_PORTS,
    CONNECT_DESCRIPTOR_LIMIT,
    CONNECT_TIMEOUT,
    CONNECT_OTHER,
    REPLY_RESET,
    REPLY_SHORT, /* the connection was closed before the whole reply */
    REPLY_EXTRA,
    REPLY_MISMATCH,
    REPLY_TIMEOUT,
    LOAD_ERRORS,
    CONNECT_ERRORS = REPLY_RESET, /* how many come before it */
};

struct load_plan {
    struct endpoint endpoint;
    size_t connections;
    int64_t duration_ns;             /* NUMBER_UNLIMITED: until all requests are sent */
    int64_t requests;                /* in all, or NUMBER_UNLIMITED */
    int64_t requests_per_connection; /* that the server answers: 1, or with keep_open more */
    int64_t timeout_ns;              /* for a request, from the start of its connect */
    int64_t hold_ns;                 /* 0: no holding */
    size_t size;                     /* of a request and of its reply, in bytes */
    enum load_expect expect;
    bool keep_open;
};

/* scheduled = ok + failed + dropped. All durations are nanoseconds. */
struct load_result {
    uint64_t scheduled;
    uint64_t sent; /* of which the last byte left */
    uint64_t ok, failed;
    uint64_t dropped; /* under way when the run was interrupted */
    uint64_t waited;  /* found the accept queue full at first */
    uint64_t in_flight;
    uint64_t reached; /* connections made; of datagrams, replies */
    uint64_t held;    /* connections open at once to the end of the hold */
    uint64_t errors[LOAD_ERRORS];
    int connect_errno; /* of the last connect error */
    bool interrupted;
    int64_t elapsed_ns, cpu_ns;
    struct histogram response, service, connect;
};

#endif
