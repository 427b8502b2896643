/*
 * check: rules that a result has to meet, such as p99<1ms or errors<0.1%.
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
    const char *text;     /* as it was given */
    size_t metric;        /* in the tables of check.c */
    size_t latency, stat; /* of one that is a latency */
    bool percent;         /* of the requests, in place of a count of them */
    enum load_relation relation;
    int64_t limit; /* in what the metric is measured in */
};

struct load_checks {
    size_t count;
    struct load_check all[LOAD_CHECKS_MAX];
};

/* Read the rules that OPTIONS have. STATUS_OK, or STATUS_USAGE, and what is wrong is logged. */
enum status load_checks_parse(const struct load_options *options, struct load_checks *checks);

/* What became of a rule. What was not measured fails. */
enum { LOAD_FINDING_SIZE = 64 };

struct load_finding {
    bool passed, measured;
    double value; /* nanoseconds, a count, percent, or answers a second */
    char text[LOAD_FINDING_SIZE];
};

struct load_finding load_check_judge(const struct load_check *check,
                                     const struct load_result *result);

/* Whether all pass; none do. */
bool load_checks_pass(const struct load_checks *checks, const struct load_result *result);

#endif
