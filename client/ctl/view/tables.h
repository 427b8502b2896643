/*
 * tables: what `preforkctl status`, `workers` and `sources` print for people.
 */
#ifndef PREFORKD_CLIENT_CTL_VIEW_TABLES_H
#define PREFORKD_CLIENT_CTL_VIEW_TABLES_H

#include <stdio.h>

#include "client/control/snapshot.h"

/* Print the master and its pools to OUT, or a line for each worker, or for each source of
 * connections. Return 0, or -1 with errno if there is no memory. */
int tables_print_status(const struct snapshot *snapshot, FILE *out);
int tables_print_workers(const struct snapshot *snapshot, FILE *out);
int tables_print_sources(const struct snapshot *snapshot, FILE *out);

#endif
