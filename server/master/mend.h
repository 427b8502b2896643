/*
 * mend: what the master does about a listener that another process has shut down, be it a worker, a
 * binary that was to be its successor, or a service manager. Clients are refused then, and the
 * listener stays readable for ever.
 */
#ifndef PREFORKD_SERVER_MASTER_MEND_H
#define PREFORKD_SERVER_MASTER_MEND_H

#include <stdint.h>

struct master;

/* Have listeners that are shut down listen again, or begin a reload without a new configuration,
 * which opens others in their place. Returns when to call again at the latest. */
int64_t mend_continue(struct master *master, int64_t now_ns);

#endif
