/*
 * load_engine: runs a plan. One process, one epoll, as many connections as the plan says, each
 * sending its next request as soon as it has its reply: the closed loop.
 */
#ifndef PREFORKD_CLIENT_LOAD_ENGINE_H
#define PREFORKD_CLIENT_LOAD_ENGINE_H

#include "client/load_plan.h"

/* What is called once a second while the load runs, or NULL. */
typedef void load_progress(const struct load_result *so_far, int64_t elapsed_ns);

/* Do what PLAN says and count in RESULT, which is to be all zero. 0, or -1 with errno where the
 * load could not be set up. SIGINT and SIGTERM end it early, with RESULT->interrupted: no new
 * request, a second for those under way; a second signal ends it at once. */
int load_run(const struct load_plan *plan, struct load_result *result, load_progress *progress);

#endif
