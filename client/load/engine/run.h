/*
 * run: runs a plan in generator processes. Each counts in its own result in shared memory; the
 * parent prints progress, passes an interrupt on, and adds the results up.
 */
#ifndef PREFORKD_CLIENT_LOAD_ENGINE_RUN_H
#define PREFORKD_CLIENT_LOAD_ENGINE_RUN_H

#include <stdint.h>

#include "client/load/engine/result.h"
#include "client/load/plan.h"

/* Called at each interval while the load runs. ELAPSED_NS includes the warm-up. */
typedef void load_progress(const struct load_plan *plan, const struct load_result *so_far,
                           int64_t elapsed_ns);

/* Run PLAN and count in RESULT, which must be all zero; call PROGRESS, unless it is NULL, every
 * INTERVAL_NS. Returns 0, or -1 with the reason logged if the load could not be set up or a
 * generator process died. SIGINT and SIGTERM end the run early and set RESULT->interrupted: no new
 * request begins, and those under way have a second to end; a second signal ends it at once. */
int load_run(const struct load_plan *plan, struct load_result *result, load_progress *progress,
             int64_t interval_ns);

#endif
