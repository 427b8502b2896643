/*
 * chart: a histogram to look at, in 80 columns.
 */
#ifndef PREFORKD_CLIENT_LOAD_REPORT_CHART_H
#define PREFORKD_CLIENT_LOAD_REPORT_CHART_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "client/load/histogram.h"

enum { LOAD_CHART_ROWS = 12 };

/* BOUND: the largest value of the row; COUNT: how many values are above the row before. */
struct load_chart_row {
    uint64_t bound, count;
};

/* Cut HISTOGRAM into rows of round bounds, as fine as fit, from the first that has a value to the
 * last; how many there are, 0 for an empty one. */
size_t load_chart_make(const struct histogram *histogram,
                       struct load_chart_row rows[LOAD_CHART_ROWS]);

/* Print them to OUT under TITLE; nothing where there is none. */
void load_chart_print(const struct histogram *histogram, const char *title, FILE *out);

#endif
