/*
 * why: what ails the pools, or that nothing does, in words for the operator at three in the morning.
 */
#ifndef PREFORKD_CLIENT_CTL_WHY_H
#define PREFORKD_CLIENT_CTL_WHY_H

#include <stdio.h>

#include "client/control/snapshot.h"

/* Print to OUT what explains the figures of SNAPSHOT, which `status` gave: a line or two for each
 * pool, the gravest of a pool first and the pool that is worst off first, then what concerns the
 * master. Only what its figures tell: one that is not known explains nothing. */
void why_print(const struct snapshot *snapshot, FILE *out);

#endif
