/*
 * report: the result of a run for people.
 */
#ifndef PREFORKD_CLIENT_LOAD_REPORT_H
#define PREFORKD_CLIENT_LOAD_REPORT_H

#include <stdio.h>

#include "client/load/check.h"
#include "client/load/plan.h"
#include "client/load/result.h"
#include "client/target.h"

/* To OUT; whether it could be written is the caller's to check. */
void load_report_print(const struct target *target, const struct load_plan *plan,
                       const struct load_result *result, const struct load_checks *checks,
                       FILE *out);

#endif
