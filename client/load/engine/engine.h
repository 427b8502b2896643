/*
 * engine: one generator process: its loop, its clock and its signals. Each connection sends its
 * next request as soon as it has its reply, or in an open loop when the schedule says.
 */
#ifndef PREFORKD_CLIENT_LOAD_ENGINE_ENGINE_H
#define PREFORKD_CLIENT_LOAD_ENGINE_ENGINE_H

#include <signal.h>

#include "client/load/engine/result.h"
#include "client/load/engine/schedule.h"
#include "client/load/plan.h"

/* Sent by the parent on an interrupt. It is blocked before the fork and read from a signalfd. */
#define LOAD_SIGNAL_STOP SIGUSR1

/* Run this process's part, PLAN and SCHEDULE, and count in the result at INDEX of RESULTS, which
 * must be all zero; the others are those of the other processes. Returns 0, or -1 with errno if it
 * could not be set up. */
int load_engine_run(const struct load_plan *plan, const struct load_schedule *schedule,
                    struct load_result *results, size_t index);

#endif
