/*
 * json: what preforkctl knows as one JSON object. Keys are only ever added.
 */
#ifndef PREFORKD_CLIENT_CONTROL_JSON_H
#define PREFORKD_CLIENT_CONTROL_JSON_H

#include <stdio.h>

#include "client/control/snapshot.h"

/* `status`, or `workers`, and a newline, to OUT; durations in nanoseconds, null for what is unknown. */
void ctl_json_status(const struct ctl_snapshot *snapshot, FILE *out);
void ctl_json_workers(const struct ctl_snapshot *snapshot, FILE *out);

#endif
