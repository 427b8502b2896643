/*
 * json: the result of a run as one JSON object. Keys are only ever added, behind those there are.
 */
#ifndef PREFORKD_CLIENT_LOAD_REPORT_JSON_H
#define PREFORKD_CLIENT_LOAD_REPORT_JSON_H

#include <stdio.h>

#include "client/load/engine/result.h"
#include "client/load/plan.h"
#include "client/load/report/check.h"
#include "client/shared/target.h"

/* The object and a newline, to OUT; all durations in nanoseconds, null where nothing was measured.
 * Whether it could be written is the caller's to check. */
void load_json_print(const struct target *target, const struct load_plan *plan,
                     const struct load_result *result, const struct load_checks *checks, FILE *out);

#endif
