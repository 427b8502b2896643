/*
 * result: the counts and times of a run, of one generator process or of all of them together. Times
 * are in nanoseconds. A result of zero bytes is empty, so that it can lie in shared memory.
 */
#ifndef PREFORKD_CLIENT_LOAD_ENGINE_RESULT_H
#define PREFORKD_CLIENT_LOAD_ENGINE_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "client/load/histogram.h"

/* Why a request failed. Those of a request that could not be sent are connect errors. */
enum load_error {
    CONNECT_REFUSED, /* nothing listens there, or there is no such socket */
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
    CONNECT_ERRORS = REPLY_RESET, /* the connect errors are below this */
};

/* The counts are of requests that came due after the warm-up. At the end of the run
 * scheduled = ok + failed + dropped. A request of a closed loop is due when it begins. */
struct load_result {
    uint64_t scheduled;
    uint64_t sent; /* to the last byte */
    uint64_t ok, failed;
    uint64_t dropped;    /* not sent by the end of the schedule, or cut short by an interrupt */
    uint64_t waited;     /* found the accept queue full at the first attempt */
    uint64_t began_late; /* open loop: more than LOAD_LATE_START_NS after they were due */
    uint64_t ended_late; /* response time above the plan's late_ns */
    uint64_t errors[LOAD_ERRORS];

    /* These include the warm-up. */
    uint64_t in_flight;
    uint64_t reached;   /* connections made; of datagrams, replies, right or wrong */
    uint64_t unreached; /* attempts to connect that failed at once */
    int connect_errno;  /* of the last connect error, timeouts included */
    uint64_t held;      /* connections that stayed open to the end of the hold */
    bool interrupted;

    int64_t elapsed_ns, cpu_ns; /* after the warm-up; cpu_ns is added up over processes */
    struct histogram response;  /* from when it was due to its end; timeouts and dropped too */
    struct histogram service;   /* from connected to the end of the reply */
    struct histogram connect;   /* from the start of connect(2) to connected */
    struct histogram lag;       /* open loop: how late it began though a connection was free */
};

/* Add FROM, the result of another process of the same run, to INTO. */
void load_result_merge(struct load_result *into, const struct load_result *from);

#endif
