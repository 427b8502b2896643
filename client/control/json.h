/*
 * json: a snapshot as a JSON object. Keys are only ever added.
 */
#ifndef PREFORKD_CLIENT_CONTROL_JSON_H
#define PREFORKD_CLIENT_CONTROL_JSON_H

#include <stdio.h>

#include "client/control/snapshot.h"

/* Print the object for `status`, `workers` or `sources`, and a newline to OUT. Durations are in
 * nanoseconds; null is unknown. */
void json_print_status(const struct snapshot *snapshot, FILE *out);
void json_print_workers(const struct snapshot *snapshot, FILE *out);
void json_print_sources(const struct snapshot *snapshot, FILE *out);

#endif
