/*
 * recorder: counts the requests of one generator process in its result. Called by the driver alone.
 */
#ifndef PREFORKD_CLIENT_LOAD_ENGINE_RECORDER_H
#define PREFORKD_CLIENT_LOAD_ENGINE_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "client/load/engine/connection.h"
#include "client/load/engine/result.h"
#include "client/load/plan.h"

/* Count the request that CONNECTION is about to begin. ON_SCHEDULE: a connection was free when it
 * was due, so any delay is the generator's own lag. */
void load_record_start(struct load_result *result, const struct load_connection *connection,
                       bool on_schedule);

/* Count CONNECTION, once, when it shows that a server is there. */
void load_record_contact(struct load_result *result, const struct load_plan *plan,
                         struct load_connection *connection);

/* Count the request of CONNECTION, which ended at NOW_NS, by OUTCOME and the error in
 * CONNECTION. */
void load_record_end(struct load_result *result, const struct load_plan *plan,
                     const struct load_connection *connection, enum load_outcome outcome,
                     int64_t now_ns);

/* Count the request of CONNECTION as dropped at NOW_NS, because the run was cut short. */
void load_record_drop(struct load_result *result, const struct load_plan *plan,
                      const struct load_connection *connection, int64_t now_ns);

/* Count a request as dropped that was never sent and has waited for WAITED_NS. */
void load_record_abandon(struct load_result *result, const struct load_plan *plan,
                         int64_t waited_ns);

/* Return whether enough attempts to connect failed in this process, and none ever succeeded in any
 * process: ALL has their results. */
bool load_record_hopeless(const struct load_result *result, const struct load_result *all,
                          const struct load_plan *plan);

#endif
