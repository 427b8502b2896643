/*
 * plan: what a run of preforkload is to do. Data alone, constant once it is made.
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

/* How late a request may begin and still count as on time. */
#define LOAD_LATE_START_NS NS_PER_MS

struct load_plan {
    struct endpoint endpoint;
    size_t processes;                /* generators, which share all that follows */
    size_t connections;              /* at once */
    bool as_needed;                  /* so many at most: nobody asked for their number */
    int64_t rate;                    /* requests a second: the open loop; 0: the closed loop */
    int64_t warm_up_ns;              /* at the start, not counted */
    int64_t duration_ns;             /* after that; NUMBER_UNLIMITED: until all requests are sent */
    int64_t requests;                /* after the warm-up, or NUMBER_UNLIMITED */
    int64_t requests_per_connection; /* that the server answers: 1, or with keep_open more */
    int64_t connect_timeout_ns;      /* from the start of the connect */
    int64_t timeout_ns;              /* for a request, likewise */
    int64_t late_ns;                 /* a request that took longer is counted as late */
    int64_t hold_ns;                 /* 0: no holding */
    size_t size;                     /* of a request and of its reply, in bytes */
    uint32_t seed;                   /* of the bytes that are sent */
    enum load_expect expect;
    bool keep_open;
};

/* What OPTIONS ask of TARGET, with the defaults that depend on it. */
struct load_plan load_plan_make(const struct load_options *options, const struct target *target);

/* Refuse what cannot be answered: STATUS_OK, or STATUS_USAGE and why is logged. */
enum status load_plan_check(const struct load_plan *plan, const struct load_options *options,
                            const struct target *target);

#endif
