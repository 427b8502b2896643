/*
 * rates: how many connections were accepted in the last seconds, from the notes that workers keep
 * on their pages. No timer runs for it, so an idle server sleeps.
 */
#ifndef PREFORKD_SERVER_SCOREBOARD_RATES_H
#define PREFORKD_SERVER_SCOREBOARD_RATES_H

#include <stdint.h>

#include "server/scoreboard/scoreboard.h"

enum { RATES_SECONDS_MAX = SECONDS_KEPT - 2 };

/* What workers that have ended accepted, by the second. */
struct rates {
    struct {
        int64_t second;
        uint64_t accepted;
    } seconds[SECONDS_KEPT]; /* each at its second modulo SECONDS_KEPT */
};

/* Returns how many connections the worker of PAGE accepted in the SECONDS whole seconds before
 * NOW_S. */
uint64_t rates_of_worker(const struct worker_page *page, int64_t now_s, int64_t seconds);

/* Returns how many the workers that have ended accepted in the same time. */
uint64_t rates_of_ended(const struct rates *ended, int64_t now_s, int64_t seconds);

/* Add to ENDED what the worker of PAGE, which has ended, accepted in its last seconds. */
void rates_keep(struct rates *ended, const struct worker_page *page, int64_t now_s);

/* Add ACCEPTED connections of one SECOND to ENDED. */
void rates_add(struct rates *ended, int64_t second, uint64_t accepted);

/* Add the seconds of FROM to ENDED. */
void rates_merge(struct rates *ended, const struct rates *from);

#endif
