/*
 * why: explain in sentences what is wrong with the pools, or that they are healthy.
 */
#ifndef PREFORKD_CLIENT_CONTROL_WHY_WHY_H
#define PREFORKD_CLIENT_CONTROL_WHY_WHY_H

#include <stdio.h>

#include "client/control/snapshot.h"
#include "client/control/why/situations.h"

/* Explain SNAPSHOT, a reply to `status`, on OUT: a line or two for each pool, its gravest situation
 * first, the pool with the gravest situation first; then the master's. A figure that is unknown
 * explains nothing. */
void why_print(const struct snapshot *snapshot, FILE *out);

/* Explain POOL of SNAPSHOT alone: the sentences without its name, a line for each. */
void why_print_pool(const struct snapshot *snapshot, const struct snapshot_pool *pool, FILE *out);

/* Returns how POOL of SNAPSHOT stands: as the worst of its situations says, of which the gravest
 * of each topic counts. */
enum standing why_judge(const struct snapshot *snapshot, const struct snapshot_pool *pool);

#endif
