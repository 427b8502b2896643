/*
 * progress: how far a run is, on standard error, while it goes on: on a terminal one line that is drawn
 * again and again and is gone in the end, elsewhere a line an interval.
 *
 * There is one standard error and one run, so there is one state, which progress.c owns.
 */
#ifndef PREFORKD_CLIENT_LOAD_REPORT_PROGRESS_H
#define PREFORKD_CLIENT_LOAD_REPORT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/load/engine/run.h"

/* What is told at one moment. */
struct load_moment {
    const struct load_plan *plan;
    const struct load_result *so_far;
    int64_t elapsed_ns; /* with the warm-up */
    double rate;        /* since the moment before, right answers a second */
};

enum { LOAD_PROGRESS_SIZE = 1024 };

/* Write MOMENT as a line of at most COLUMNS characters, what matters most first to have room; with
 * a bar of how much is done where BAR, with errors in red where COLOURS. */
void load_progress_format(const struct load_moment *moment, size_t columns, bool bar, bool colours,
                          char line[LOAD_PROGRESS_SIZE]);

/* See what standard error is; what to give to load_run. */
load_progress *load_progress_open(void);

/* Take away the line that is on the terminal, if any. */
void load_progress_close(void);

#endif
