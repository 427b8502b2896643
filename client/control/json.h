/*
 * json: what preforkctl knows as one JSON object. Keys are only ever added.
 */
#ifndef PREFORKD_CLIENT_CONTROL_JSON_H
#define PREFORKD_CLIENT_CONTROL_JSON_H

#include <stdio.h>

#include "client/control/snapshot.h"

/* `status`, or `workers`, and a newline, to OUT; durations in nanoseconds, null for what is unknown. */
void json_print_status(const struct snapshot *snapshot, FILE *out);
void json_print_workers(const struct snapshot *snapshot, FILE *out);

#endif
