/*
 * report: the result of a run in words, as JSON, and as a line of progress.
 */
#ifndef PREFORKD_CLIENT_LOAD_REPORT_H
#define PREFORKD_CLIENT_LOAD_REPORT_H

#include <stdint.h>
#include <stdio.h>

#include "client/load/plan.h"
#include "client/load/result.h"
#include "client/target.h"

/* For people, to OUT; whether it could be written is the caller's to check. */
void load_report_text(const struct target *target, const struct load_plan *plan,
                      const struct load_result *result, FILE *out);

/* One JSON object and a newline; all durations in nanoseconds, null where nothing was measured. */
void load_report_json(const struct load_plan *plan, const struct load_result *result, FILE *out);

void load_report_progress(const struct load_plan *plan, const struct load_result *so_far,
                          int64_t elapsed_ns);

#endif
