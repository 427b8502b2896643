/*
 * verdict: whether the server or the generator itself was the limit of a run.
 */
#ifndef PREFORKD_CLIENT_LOAD_REPORT_VERDICT_H
#define PREFORKD_CLIENT_LOAD_REPORT_VERDICT_H

#include <stdbool.h>

#include "client/load/engine/result.h"
#include "client/load/plan.h"
#include "client/load/report/check.h"

enum { LOAD_VERDICT_SIZE = 160 };

/* Return whether the schedule of an open loop was held: every request was sent in the end, and the
 * generator itself was hardly ever late. Always true for a closed loop, which has no schedule. */
bool load_held_schedule(const struct load_plan *plan, const struct load_result *result);

/* Return whether requests failed for want of a local port or a descriptor, which is a limit of the
 * generator's machine, not of the server. */
bool load_ran_out(const struct load_result *result);

/* Return the share of a processor that each process used, in percent. */
int64_t load_cpu_percent(const struct load_plan *plan, const struct load_result *result);

/* Write the verdict as one line, such as "generator ok: lag p99 22us, cpu 61%". CHECKS are those of
 * the run: a lag that is no fault by itself is one beside a tighter limit of response times. */
void load_verdict(const struct load_plan *plan, const struct load_result *result,
                  const struct load_checks *checks, char text[LOAD_VERDICT_SIZE]);

#endif
