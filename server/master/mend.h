/*
 * mend: what the master does about a listener that another process has shut down, be it a worker, a
 * binary that was to be its successor, or a service manager. Clients are refused then, and the
 * listener stays readable for ever.
 *
 * Where that socket cannot listen again, another one is opened for its pool: a pool of the same
 * section is a candidate with it, as in a reload, and takes the place of the old one. All other
 * pools stay as they are, and become a part of the new generation.
 */
#ifndef PREFORKD_SERVER_MASTER_MEND_H
#define PREFORKD_SERVER_MASTER_MEND_H

#include <stdint.h>

struct master;

/* Have listeners that are shut down listen again, or begin to open another one in the place of
 * each. Returns when to call again at the latest. */
int64_t mend_continue(struct master *master, int64_t now_ns);

#endif
