/*
 * privileges: the root directory, the groups, the user and the umask that a pool's processes have
 * in place of the master's.
 */
#ifndef PREFORKD_SERVER_WORKER_PRIVILEGES_H
#define PREFORKD_SERVER_WORKER_PRIVILEGES_H

#include <stdbool.h>

#include "common/config/config.h"
#include "common/failure.h"

/* Give this process what POOL configures, for good: a process that could become root again must not
 * serve. This clears the signal at the parent's death (PR_SET_PDEATHSIG, prctl(2)). After a failure
 * the process has to exit: it may have a part of them. */
MAY_FAIL privileges_take(const struct pool_config *pool, struct failure *failure);

/* The same in two steps: first the root directory, then the rest. */
MAY_FAIL privileges_enter_root(const struct pool_config *pool, struct failure *failure);
MAY_FAIL privileges_change_user(const struct pool_config *pool, struct failure *failure);

/* Return whether privileges_take() changes what this process may do. */
bool privileges_differ(const struct pool_config *pool);

/* Take the user and the groups of POOL for a while; then, be root again, as before. What runs
 * between the two could be root by itself. */
MAY_FAIL privileges_lend(const struct pool_config *pool, struct failure *failure);
MAY_FAIL privileges_return(const struct pool_config *pool, struct failure *failure);

/* What an operator should know of the users of a configuration. */
enum privileges_remark {
    REMARK_ROOT,    /* programs are root's, and the configuration does not say so */
    REMARK_IGNORED, /* users are configured, and this process cannot change its own */
    REMARKS
};

enum { REMARK_SIZE = 160 };

/* Write to TEXT what REMARK says of pools of ROOT. Returns the index of the first of them, or
 * CONFIG_MASTER where there is none. */
size_t privileges_remark(const struct config *root, enum privileges_remark remark,
                         char text[REMARK_SIZE]);

/* Log all remarks on ROOT. */
void privileges_log_remarks(const struct config *root);

#endif
