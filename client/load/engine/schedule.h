/*
 * schedule: when each request of a run is due. All generator processes share one schedule: each has
 * every STEP-th request of it.
 */
#ifndef PREFORKD_CLIENT_LOAD_ENGINE_SCHEDULE_H
#define PREFORKD_CLIENT_LOAD_ENGINE_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "client/load/plan.h"

struct load_schedule {
    int64_t begin_ns;   /* of the run */
    int64_t measure_ns; /* what is due from now on is counted */
    int64_t end_ns;     /* nothing is due from now on */
    int64_t rate;       /* requests a second of all processes; 0: due when a connection is free */
    uint64_t next;      /* the number of this process's next request */
    uint64_t step;
    uint64_t left; /* requests that this process has still to count; UINT64_MAX: no end */
};

/* Return the schedule of process INDEX of PLAN, from BEGIN_NS on. */
struct load_schedule load_schedule_make(const struct load_plan *plan, size_t index,
                                        int64_t begin_ns);

/* Return when the next request is due; in a closed loop the beginning of the run. */
int64_t load_schedule_due_ns(const struct load_schedule *schedule);

/* Return whether no further request comes due. */
bool load_schedule_is_done(const struct load_schedule *schedule, int64_t now_ns);

/* Take the next request. Returns its number, and in *MEASURED whether it counts: whether DUE_NS,
 * when it was due or in a closed loop begins, is after the warm-up. */
uint64_t load_schedule_take(struct load_schedule *schedule, int64_t due_ns, bool *measured);

#endif
