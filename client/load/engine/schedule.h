/*
 * schedule: when each request of a run is due. There is one schedule; of several generator
 * processes each has every STEP-th request of it.
 */
#ifndef PREFORKD_CLIENT_LOAD_ENGINE_SCHEDULE_H
#define PREFORKD_CLIENT_LOAD_ENGINE_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "client/load/plan.h"

struct load_schedule {
    int64_t begin_ns;   /* of the run */
    int64_t measure_ns; /* what is due from here on is counted */
    int64_t end_ns;     /* nothing is due from here on */
    int64_t rate;       /* requests a second in all; 0: each is due when a connection is free */
    uint64_t next;      /* the number of this process's next request */
    uint64_t step;
    uint64_t left; /* how many of this process's are still to be counted */
};

/* That of process INDEX of PLAN, from BEGIN_NS on. */
struct load_schedule load_schedule_make(const struct load_plan *plan, size_t index,
                                        int64_t begin_ns);

/* When the next request is due; of a closed loop, since the beginning. */
int64_t load_schedule_due_ns(const struct load_schedule *schedule);

/* Whether no further request will come due. */
bool load_schedule_is_done(const struct load_schedule *schedule, int64_t now_ns);

/* Go on to the next request: the number of this one, and whether it counts, it having been due or
 * begun at DUE_NS. */
uint64_t load_schedule_take(struct load_schedule *schedule, int64_t due_ns, bool *measured);

#endif
