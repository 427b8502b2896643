/*
 * watchdog: judges a pool's workers by the time stamps on their pages, from outside. A connection
 * past its deadline is cut; a worker that does not react to that, that a signal keeps stopped, or
 * whose module does not start or stop, is killed.
 */
#ifndef PREFORKD_SERVER_POOL_WATCHDOG_H
#define PREFORKD_SERVER_POOL_WATCHDOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config/config.h"
#include "server/pool/slots.h"
#include "server/scoreboard/scoreboard.h"

/* What the watchdog of one pool reads. */
struct watchdog {
    const struct pool_config *config;
    struct slots *slots;
    const struct scoreboard *board;
    bool all_leave; /* all workers were asked to, as their pool retires */
    bool has_stop_timeout;
    int64_t returned_ns; /* when the master itself was last found to have been stopped or starved */
};

/* Judge all workers at NOW_NS (clock_coarse_ns) and act. Returns when it has to be called again;
 * NEVER_NS where no deadline can pass before a worker becomes busy, which then wakes the master. */
int64_t watchdog_judge(const struct watchdog *watchdog, int64_t now_ns);

/* The master was stopped or starved until NOW_NS: count no deadline from before. */
void watchdog_excuse(struct watchdog *watchdog, int64_t now_ns);

#endif
