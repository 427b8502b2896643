/*
 * metrics: a snapshot in Prometheus' text format, for a collector that reads files or runs programs.
 */
#ifndef PREFORKD_CLIENT_CTL_METRICS_H
#define PREFORKD_CLIENT_CTL_METRICS_H

#include <stdio.h>

#include "client/control/snapshot.h"

/* All of it to OUT, in base units; what is unknown is left out. */
void metrics_print(const struct snapshot *snapshot, FILE *out);

#endif
