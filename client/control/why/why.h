/*
 * why: explain in sentences what is wrong with the pools, or that they are healthy.
 */
#ifndef PREFORKD_CLIENT_CONTROL_WHY_WHY_H
#define PREFORKD_CLIENT_CONTROL_WHY_WHY_H

#include <stdio.h>

#include "client/control/snapshot.h"

/* Explain SNAPSHOT, a reply to `status`, on OUT: a line or two for each pool, its gravest situation
 * first, the pool with the gravest situation first; then the master's. A figure that is unknown
 * explains nothing. */
void why_print(const struct snapshot *snapshot, FILE *out);

#endif
