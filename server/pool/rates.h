/*
 * rates: how many callers were accepted in the last seconds, from what workers keep in their pages
 * anyway: nobody wakes for it.
 */
#ifndef PREFORKD_SERVER_POOL_RATES_H
#define PREFORKD_SERVER_POOL_RATES_H

#include <stdint.h>

#include "server/worker/scoreboard.h"

enum { RATES_SECONDS_MAX = SECONDS_KEPT - 2 };

/* Of workers that have ended: how many were accepted in a second. */
struct rates {
    struct {
        int64_t second;
        uint64_t accepted;
    } seconds[SECONDS_KEPT]; /* each in its second modulo this */
};

/* How many the worker of PAGE accepted in the last SECONDS whole seconds before NOW_S. */
uint64_t rates_of_worker(const struct worker_page *page, int64_t now_s, int64_t seconds);

/* How many those that have ended accepted then. */
uint64_t rates_of_ended(const struct rates *ended, int64_t now_s, int64_t seconds);

/* The worker of PAGE has ended: add its last seconds to ENDED. */
void rates_keep(struct rates *ended, const struct worker_page *page, int64_t now_s);

/* So many were accepted in that SECOND. */
void rates_add(struct rates *ended, int64_t second, uint64_t accepted);

/* Add what FROM has of the last seconds to ENDED. */
void rates_merge(struct rates *ended, const struct rates *from);

#endif
