/*
 * worker_state: see worker_state.h.
 */
#include "server/worker/worker_state.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/status.h"
#include "server/worker/connection/connection_log.h"

/* By _exit(2): what the master registered with atexit(3), or has in its buffers, is not for a
 * worker to run or flush. */
_Noreturn void worker_give_up(const struct worker *worker, const char *what)
{
    log_line(LOG_ERROR, "%s: %s", what, strerror(errno));
    connection_log_count_dropped(&worker->connection);
    _exit(STATUS_SYSTEM);
}

_Noreturn void worker_refuse(const struct worker *worker, const char *why)
{
    log_line(LOG_ERROR, "pool %s: %s", worker->job.config->name, why);
    connection_log_count_dropped(&worker->connection);
    _exit(STATUS_SYSTEM);
}
