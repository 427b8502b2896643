/*
 * json: prints the result of a run as one JSON object. New members are added after the existing
 * ones, which never change.
 */
#ifndef PREFORKD_CLIENT_LOAD_REPORT_JSON_H
#define PREFORKD_CLIENT_LOAD_REPORT_JSON_H

#include <stdio.h>

#include "client/load/engine/result.h"
#include "client/load/plan.h"
#include "client/load/report/check.h"
#include "client/shared/target.h"

/* Print the object and a newline to OUT. Durations are in nanoseconds, and what was not measured is
 * null. Errors stay with OUT: ferror(3). */
void load_json_print(const struct target *target, const struct load_plan *plan,
                     const struct load_result *result, const struct load_checks *checks, FILE *out);

#endif
