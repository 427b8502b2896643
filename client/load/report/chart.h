/*
 * chart: prints a histogram as rows of bars, in 80 columns.
 */
#ifndef PREFORKD_CLIENT_LOAD_REPORT_CHART_H
#define PREFORKD_CLIENT_LOAD_REPORT_CHART_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "client/load/histogram.h"

enum { LOAD_CHART_ROWS = 12 };

/* A row holds the values above the bound of the row before, up to its own. */
struct load_chart_row {
    uint64_t bound, count;
};

/* Divide HISTOGRAM into rows of round bounds, as fine as fit into LOAD_CHART_ROWS, from the lowest
 * value to the highest. Returns the number of rows, 0 for an empty histogram. */
size_t load_chart_make(const struct histogram *histogram,
                       struct load_chart_row rows[LOAD_CHART_ROWS]);

/* Print the rows of HISTOGRAM to OUT under TITLE; nothing if it is empty. */
void load_chart_print(const struct histogram *histogram, const char *title, FILE *out);

#endif
