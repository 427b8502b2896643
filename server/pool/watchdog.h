/*
 * watchdog: judges a pool's workers by their stamps, from outside. A connection past its deadline
 * is cut; a worker that does not react to that, or that a signal holds stopped, is killed.
 */
#ifndef PREFORKD_SERVER_POOL_WATCHDOG_H
#define PREFORKD_SERVER_POOL_WATCHDOG_H

#include <stddef.h>
#include <stdint.h>

#include "common/config/config.h"
#include "server/pool/slots.h"
#include "server/worker/scoreboard.h"

#define WATCHDOG_NEVER INT64_MAX

/* What the watchdog of one pool looks at. */
struct watchdog {
    const struct pool_config *config;
    struct slots *slots;
    const struct scoreboard *board;
    int64_t returned_ns; /* when the master was last found to have been away itself */
};

/* Judge everybody at NOW_NS (clock_coarse_ns) and act. When to come again; WATCHDOG_NEVER when
 * nothing can get late before a worker gets busy, which then wakes the master. */
int64_t watchdog_judge(const struct watchdog *watchdog, int64_t now_ns);

/* The master was stopped, or starved, until NOW_NS: nobody is late because it was not there. */
void watchdog_excuse(struct watchdog *watchdog, int64_t now_ns);

#endif
