/*
 * run: a plan, carried out by its generator processes. Each counts in a result of its own in shared
 * memory; the parent tells of progress, passes an interrupt on, and adds up.
 */
#ifndef PREFORKD_CLIENT_LOAD_ENGINE_RUN_H
#define PREFORKD_CLIENT_LOAD_ENGINE_RUN_H

#include <stdint.h>

#include "client/load/engine/result.h"
#include "client/load/plan.h"

/* What is called every so often while the load runs. ELAPSED_NS begins with the warm-up. */
typedef void load_progress(const struct load_plan *plan, const struct load_result *so_far,
                           int64_t elapsed_ns);

/* Do what PLAN says and count in RESULT, which is to be all zero; call PROGRESS, unless it is NULL,
 * every INTERVAL_NS. 0, or -1 where the load could not be set up or a generator process came to
 * grief, and why is logged. SIGINT and SIGTERM end it early, with RESULT->interrupted: no new
 * request, a second for those under way; a second signal ends it at once. */
int load_run(const struct load_plan *plan, struct load_result *result, load_progress *progress,
             int64_t interval_ns);

#endif
