/*
 * result: what came of a run, in one generator process or in all of them. All durations are
 * nanoseconds, and one of zero bytes is empty, so that it can lie in shared memory.
 */
#ifndef PREFORKD_CLIENT_LOAD_ENGINE_RESULT_H
#define PREFORKD_CLIENT_LOAD_ENGINE_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "client/load/histogram.h"

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

/* The counts are of requests that came due after the warm-up: scheduled = ok + failed + dropped,
 * once the run is over. A request of a closed loop is due when it begins. */
struct load_result {
    uint64_t scheduled;
    uint64_t sent; /* of which the last byte left */
    uint64_t ok, failed;
    uint64_t dropped;    /* unsent at the end of the schedule, or cut short by an interrupt */
    uint64_t waited;     /* found the accept queue full at first */
    uint64_t began_late; /* open loop: more than LOAD_LATE_START_NS after they were due */
    uint64_t ended_late; /* of the response times, those of more than the plan's late_ns */
    uint64_t errors[LOAD_ERRORS];

    /* Of the warm-up too. */
    uint64_t in_flight;
    uint64_t reached;   /* connections made; of datagrams, replies */
    uint64_t unreached; /* attempts to connect that failed at once */
    int connect_errno;  /* of the last that failed, at once or not */
    uint64_t held;      /* connections open at once to the end of the hold */
    bool interrupted;

    int64_t elapsed_ns, cpu_ns; /* after the warm-up; the processor time is that of all processes */
    struct histogram response;  /* from when it was due to its end, in vain or not */
    struct histogram service;   /* from the connection to the end of the reply */
    struct histogram connect;   /* from the start to the connection */
    struct histogram lag; /* open loop: how late the generator itself was, with a connection free */
};

/* Add what FROM, another process of the same run, counted to INTO. */
void load_result_merge(struct load_result *into, const struct load_result *from);

#endif
