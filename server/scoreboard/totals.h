/*
 * totals: what a pool has counted that is on no worker's page any more. The totals pass from one
 * generation to the next, and as lines of text from a master to its successor.
 */
#ifndef PREFORKD_SERVER_SCOREBOARD_TOTALS_H
#define PREFORKD_SERVER_SCOREBOARD_TOTALS_H

#include <stdint.h>
#include <stdio.h>

#include "server/scoreboard/rates.h"
#include "server/scoreboard/scoreboard.h"

struct totals {
    struct counters ended; /* the sums of the workers that have ended */
    struct rates rates;    /* what these workers accepted in the last seconds */
    uint64_t crashes;
    uint64_t max_reached;  /* how often all of the most workers were busy */
    uint64_t cut, refused; /* connections, by a stop */
    uint64_t lost;         /* connections whose worker ended before them, without a stop */
    int64_t queue_peak;    /* the longest queue that was seen; STAT_UNKNOWN: none was read */
};

/* Returns totals of nothing. */
struct totals totals_empty(void);

/* Add FROM to TO. */
void totals_merge(struct totals *to, const struct totals *from);

/* Returns how many connections were cut: by a stop, at a deadline, or with their worker. */
uint64_t totals_cut(const struct totals *totals);

/* Returns how many of the connections that were accepted were not cut. */
uint64_t totals_served(const struct totals *totals);

/* Print the difference between TOTALS and BEFORE, a line for each sum. */
void totals_print(const struct totals *totals, const struct totals *before, FILE *out);

/* Add a LINE of totals_print() to TOTALS. A line of another form is ignored. */
void totals_read(struct totals *totals, const char *line);

#endif
