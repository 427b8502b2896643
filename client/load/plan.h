/*
 * plan: what a run of preforkload does: the options, with defaults that depend on the target.
 * Constant once made.
 */
#ifndef PREFORKD_CLIENT_LOAD_PLAN_H
#define PREFORKD_CLIENT_LOAD_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/load/options.h"
#include "client/shared/target.h"
#include "common/clock.h"
#include "common/endpoint.h"

/* A request that begins later than this after it was due began late. */
#define LOAD_LATE_START_NS NS_PER_MS

struct load_plan {
    struct endpoint endpoint;
    size_t processes;                /* generators; what follows is shared out among them */
    size_t connections;              /* at once */
    bool as_needed;                  /* connections is only a bound: the options gave none */
    int64_t rate;                    /* requests a second of an open loop; 0: a closed loop */
    int64_t warm_up_ns;              /* at the start, not counted */
    int64_t duration_ns;             /* after that; NUMBER_UNLIMITED: until all requests are sent */
    int64_t requests;                /* after the warm-up, or NUMBER_UNLIMITED */
    int64_t requests_per_connection; /* that the server answers */
    int64_t connect_timeout_ns;      /* from the start of the connect */
    int64_t timeout_ns;              /* for a request, from the start of the connect */
    int64_t late_ns;                 /* a request that took longer is counted as late */
    int64_t hold_ns;                 /* of --hold; 0: without it */
    size_t size;                     /* of a request and of its reply, in bytes */
    uint32_t seed;                   /* of the payload */
    enum load_expect expect;
    bool keep_open;
};

/* Return the plan for OPTIONS and TARGET. */
struct load_plan load_plan_make(const struct load_options *options, const struct target *target);

/* Check that TARGET can answer what PLAN sends and that OPTIONS fit together. Returns STATUS_OK, or
 * STATUS_USAGE with the reason logged. */
enum status load_plan_check(const struct load_plan *plan, const struct load_options *options,
                            const struct target *target);

#endif
