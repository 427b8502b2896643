/*
 * totals: what a pool has counted that is no longer in a worker's page. It passes from a generation to
 * the next, and as lines of text from a master to its successor.
 */
#ifndef PREFORKD_SERVER_POOL_TOTALS_H
#define PREFORKD_SERVER_POOL_TOTALS_H

#include <stdint.h>
#include <stdio.h>

#include "server/pool/rates.h"
#include "server/worker/scoreboard.h"

struct totals {
    struct counters ended; /* the sums of the workers that have ended */
    struct rates rates;    /* and theirs of the last seconds */
    uint64_t crashes;
    uint64_t max_reached;  /* how often all of the most workers were busy */
    uint64_t cut, refused; /* callers, by a stop */
    int64_t queue_peak;    /* of the samples taken; STAT_UNKNOWN: none */
};

/* One that has counted nothing. */
struct totals totals_empty(void);

/* What FROM counted is TO's, too. */
void totals_merge(struct totals *to, const struct totals *from);

/* Print what TALLY counted since it was BEFORE, a line each. */
void totals_print(const struct totals *totals, const struct totals *before, FILE *out);

/* Add a LINE of totals_print to TALLY; one that is not known adds nothing. */
void totals_read(struct totals *totals, const char *line);

#endif
