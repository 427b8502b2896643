/*
 * check: the rules of --check, such as p99<1ms or errors<0.1%, and whether a result meets them.
 */
#ifndef PREFORKD_CLIENT_LOAD_REPORT_CHECK_H
#define PREFORKD_CLIENT_LOAD_REPORT_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/load/engine/result.h"
#include "client/load/options.h"
#include "common/status.h"

enum load_relation { RELATION_LESS, RELATION_AT_MOST, RELATION_MORE, RELATION_AT_LEAST };

struct load_check {
    const char *text;     /* as given */
    size_t metric;        /* in the tables of check.c */
    size_t latency, stat; /* if the metric is a latency */
    bool percent;         /* the limit is a percentage of the requests, not a count */
    enum load_relation relation;
    int64_t limit; /* in the unit of the metric; see check.c */
};

struct load_checks {
    size_t count;
    struct load_check all[LOAD_CHECKS_MAX];
};

/* Parse the rules in OPTIONS. Returns STATUS_OK, or STATUS_USAGE with the error logged. */
enum status load_checks_parse(const struct load_options *options, struct load_checks *checks);

/* The result of a check. What was not measured has failed. */
enum { LOAD_FINDING_SIZE = 64 };

struct load_finding {
    bool passed, measured;
    double value; /* nanoseconds, a count, percent, or answers a second */
    char text[LOAD_FINDING_SIZE];
};

/* Return the result of CHECK on RESULT. */
struct load_finding load_check_judge(const struct load_check *check,
                                     const struct load_result *result);

/* Return the first check of response times which fails and would fail by the generator's own lag
 * alone, or NULL. */
const struct load_check *load_checks_missed_by_lag(const struct load_checks *checks,
                                                   const struct load_result *result);

/* Return whether one of them is about errors, so that it says how many are allowed. */
bool load_checks_allow_errors(const struct load_checks *checks);

/* Return whether all pass; if there are none, true. */
bool load_checks_pass(const struct load_checks *checks, const struct load_result *result);

#endif
