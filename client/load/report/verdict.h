/*
 * verdict: whether the figures of a run are the server's or the generator's own.
 */
#ifndef PREFORKD_CLIENT_LOAD_REPORT_VERDICT_H
#define PREFORKD_CLIENT_LOAD_REPORT_VERDICT_H

#include <stdbool.h>

#include "client/load/engine/result.h"
#include "client/load/plan.h"

enum { LOAD_VERDICT_SIZE = 128 };

/* Whether the schedule of an open loop was held: every request was sent in the end, and the
 * generator was hardly ever late by itself. A closed loop has none to hold. */
bool load_held_schedule(const struct load_plan *plan, const struct load_result *result);

/* Nanoseconds of processor time for each 100 ns of each process: its load in percent. */
int64_t load_cpu_percent(const struct load_plan *plan, const struct load_result *result);

/* One line: "generator ok: lag p99 22us, cpu 61%". */
void load_verdict(const struct load_plan *plan, const struct load_result *result,
                  char text[LOAD_VERDICT_SIZE]);

#endif
