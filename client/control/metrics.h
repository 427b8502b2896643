/*
 * metrics: a snapshot in the text format of Prometheus or of OpenMetrics, for a collector that
 * reads files, runs commands or fetches them.
 */
#ifndef PREFORKD_CLIENT_CONTROL_METRICS_H
#define PREFORKD_CLIENT_CONTROL_METRICS_H

#include <stdio.h>

#include "client/control/snapshot.h"

enum metrics_format {
    METRICS_PROMETHEUS, /* text/plain; version=0.0.4 */
    METRICS_OPENMETRICS /* application/openmetrics-text; version=1.0.0; charset=utf-8 */
};

/* Print all figures of SNAPSHOT to OUT, in base units. Unknown ones are left out. */
void metrics_print(const struct snapshot *snapshot, enum metrics_format format, FILE *out);

#endif
