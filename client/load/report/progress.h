/*
 * progress: prints on standard error how far a run is: on a terminal one line that is redrawn at
 * each interval and erased in the end, elsewhere a new line at each interval.
 *
 * There is one standard error and one run, so there is one state, which progress.c owns.
 */
#ifndef PREFORKD_CLIENT_LOAD_REPORT_PROGRESS_H
#define PREFORKD_CLIENT_LOAD_REPORT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/load/engine/run.h"

/* What one line shows. */
struct load_moment {
    const struct load_plan *plan;
    const struct load_result *so_far;
    int64_t elapsed_ns; /* warm-up included */
    double rate;        /* right answers a second since the line before */
};

enum { LOAD_PROGRESS_SIZE = 1024 };

/* Write MOMENT as a line of at most COLUMNS characters; what matters least is left out first. With
 * BAR it begins with a bar of how much is done, with COLOURS errors are red. */
void load_progress_format(const struct load_moment *moment, size_t columns, bool bar, bool colours,
                          char line[LOAD_PROGRESS_SIZE]);

/* Adapt to standard error and the environment. Returns the function to pass to load_run. */
load_progress *load_progress_open(void);

/* Erase the line on the terminal, if there is one. */
void load_progress_close(void);

#endif
