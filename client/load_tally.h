/*
 * load_tally: counts what became of each request.
 */
#ifndef PREFORKD_CLIENT_LOAD_TALLY_H
#define PREFORKD_CLIENT_LOAD_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "client/load_connection.h"
#include "client/load_plan.h"

/* Count the request of CONNECTION, which ended at NOW_NS, by OUTCOME and its error. */
void load_tally_count(struct load_result *result, const struct load_plan *plan,
                      const struct load_connection *connection, enum load_outcome outcome,
                      int64_t now_ns);

/* Count it as given up because the run was cut short. */
void load_tally_drop(struct load_result *result, const struct load_plan *plan,
                     const struct load_connection *connection);

/* Whether every caller tried to connect and none ever got through. */
bool load_tally_hopeless(const struct load_result *result, const struct load_plan *plan);

/* What this process has used so far, user and system. */
int64_t load_tally_cpu_ns(void);

#endif
