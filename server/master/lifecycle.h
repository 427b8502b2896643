/*
 * lifecycle: a master from its opening to its close, and what it does at each turn of the event
 * loop.
 */
#ifndef PREFORKD_SERVER_MASTER_LIFECYCLE_H
#define PREFORKD_SERVER_MASTER_LIFECYCLE_H

#include <stdint.h>

#include "common/failure.h"
#include "server/master/master.h"

/* What a master starts from. */
struct master_start {
    const struct config_source *source;
    struct event_loop *loop; /* open */
    struct inherited *inherited;
    enum master_role role;
    uint64_t generation;
    int ready_fd; /* gets a newline once every worker accepts; -1: none */
};

/* Open the log, the control socket and all pools of CONFIG, which belongs to MASTER from now on,
 * without a worker. The pid file is a draft until pidfile_publish(). A failure leaves nothing
 * behind. */
MAY_FAIL lifecycle_open(struct master *master, struct config *config,
                        const struct master_start *start, struct failure *failure);

/* Close and free all. No worker is left. */
void lifecycle_close(struct master *master);

/* Do what is due at NOW_NS: for a reload or a stop, for each pool, for the service manager. Returns
 * when it has to be called again at the latest. */
int64_t lifecycle_continue(struct master *master, int64_t now_ns);

#endif
