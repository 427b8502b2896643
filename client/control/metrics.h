/*
 * metrics: a snapshot in Prometheus' text format, for a collector that reads files or runs
 * commands.
 */
#ifndef PREFORKD_CLIENT_CONTROL_METRICS_H
#define PREFORKD_CLIENT_CONTROL_METRICS_H

#include <stdio.h>

#include "client/control/snapshot.h"

/* Print all figures of SNAPSHOT to OUT, in base units. Unknown ones are left out. */
void metrics_print(const struct snapshot *snapshot, FILE *out);

#endif
