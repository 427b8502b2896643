/*
 * filter_spans: the rules of a job cut all numbers of system calls into spans with one answer each.
 */
#ifndef PREFORKD_SERVER_WORKER_SANDBOX_FILTER_SPANS_H
#define PREFORKD_SERVER_WORKER_SANDBOX_FILTER_SPANS_H

#include <stddef.h>
#include <stdint.h>

#include "server/worker/sandbox/filter.h"

/* Each rule has a span at most, with one before it, and two are behind the last. */
enum { FILTER_SPANS_MAX = 2 * FILTER_RULES_MAX + 2 };

/* The numbers from FIRST to that of the next span: a call whose rules have tests, or all that are
 * judged alike. */
struct filter_span {
    uint32_t first;
    uint8_t rule, rule_count;  /* of the rules with a test, by their place */
    enum filter_verdict other; /* where none of these decides */
};

/* Spans from FIRST to before END, of which every second one, BACKGROUND among them, has one answer;
 * those between are of a single number each. Most calls with an answer of their own are such: one
 * comparison finds them, where two would find their beginning and their end. */
struct filter_group {
    size_t first, end, background;
};

struct filter_spans {
    const struct filter_job *job;
    size_t count;
    struct filter_span at[FILTER_SPANS_MAX];
    size_t group_count;
    struct filter_group groups[FILTER_SPANS_MAX]; /* that have all spans */
    uint8_t order[FILTER_RULES_MAX]; /* place by place, the rules that count, sorted by number */
    size_t order_count;
};

/* Have in SPANS those of JOB, which has FILTER_RULES_MAX rules at most, and their groups. */
void filter_spans_cut(const struct filter_job *job, struct filter_spans *spans);

/* Return the rule at PLACE. */
const struct filter_rule *filter_spans_rule(const struct filter_spans *spans, size_t place);

#endif
