/*
 * engine: one generator process. One epoll, as many connections as its plan says; each sends its
 * next request as soon as it has its reply, or, in an open loop, when the schedule says.
 */
#ifndef PREFORKD_CLIENT_LOAD_ENGINE_ENGINE_H
#define PREFORKD_CLIENT_LOAD_ENGINE_ENGINE_H

#include <signal.h>

#include "client/load/engine/result.h"
#include "client/load/engine/schedule.h"
#include "client/load/plan.h"

/* What tells this process, which has it blocked, that the run is interrupted. */
#define LOAD_SIGNAL_STOP SIGUSR1

/* Do this process's part, PLAN and SCHEDULE, and count in the one at INDEX of the RESULTS of all
 * processes, which is to be all zero. 0, or -1 with errno where it could not be set up. */
int load_engine_run(const struct load_plan *plan, const struct load_schedule *schedule,
                    struct load_result *results, size_t index);

#endif
