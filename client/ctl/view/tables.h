/*
 * table: `status` and `workers` for people.
 */
#ifndef PREFORKD_CLIENT_CTL_VIEW_TABLES_H
#define PREFORKD_CLIENT_CTL_VIEW_TABLES_H

#include <stdio.h>

#include "client/control/snapshot.h"

/* A line on the master and one for each pool, or one for each worker, to OUT. 0, or -1 with errno. */
int ctl_table_status(const struct ctl_snapshot *snapshot, FILE *out);
int ctl_table_workers(const struct ctl_snapshot *snapshot, FILE *out);

#endif
