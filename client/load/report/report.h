/*
 * report: prints the result of a run for people.
 */
#ifndef PREFORKD_CLIENT_LOAD_REPORT_REPORT_H
#define PREFORKD_CLIENT_LOAD_REPORT_REPORT_H

#include <stdio.h>

#include "client/load/engine/result.h"
#include "client/load/plan.h"
#include "client/load/report/check.h"
#include "client/shared/target.h"

/* Print to OUT. Errors stay with OUT: ferror(3). */
void load_report_print(const struct target *target, const struct load_plan *plan,
                       const struct load_result *result, const struct load_checks *checks,
                       FILE *out);

#endif
