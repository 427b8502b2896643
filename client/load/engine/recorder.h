/*
 * recorder: counts what became of each request.
 */
#ifndef PREFORKD_CLIENT_LOAD_ENGINE_RECORDER_H
#define PREFORKD_CLIENT_LOAD_ENGINE_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "client/load/engine/connection.h"
#include "client/load/engine/result.h"
#include "client/load/plan.h"

/* Count the request that CONNECTION is about to begin; ON_SCHEDULE: nothing but this process itself
 * has kept it from beginning when it was due. */
void load_record_start(struct load_result *result, const struct load_connection *connection,
                       bool on_schedule);

/* Take note that somebody is there, as soon as CONNECTION shows it. */
void load_record_contact(struct load_result *result, const struct load_plan *plan,
                         struct load_connection *connection);

/* Count the request of CONNECTION, which ended at NOW_NS, by OUTCOME and its error. */
void load_record_end(struct load_result *result, const struct load_plan *plan,
                     const struct load_connection *connection, enum load_outcome outcome,
                     int64_t now_ns);

/* Count it as given up because the run was cut short. */
void load_record_drop(struct load_result *result, const struct load_plan *plan,
                      const struct load_connection *connection);

/* Count one that was never sent, and waited for that. */
void load_record_abandon(struct load_result *result, const struct load_plan *plan,
                         int64_t waited_ns);

/* Whether enough callers of process RESULT were turned away, and none ever got through to the
 * server: of no process, whose results are ALL. */
bool load_record_hopeless(const struct load_result *result, const struct load_result *all,
                          const struct load_plan *plan);

/* What this process has used so far, user and system. */
int64_t load_record_cpu_ns(void);

#endif
