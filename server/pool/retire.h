/*
 * retire: the end of a station, in a stop or after a reload. Whoever was queued at a listener that
 * goes is served; a listener that another station keeps is left to it.
 */
#ifndef PREFORKD_SERVER_POOL_RETIRE_H
#define PREFORKD_SERVER_POOL_RETIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "server/pool/pool.h"

/* Begin, at NOW_NS; what is in hand has TIMEOUT_NS (NUMBER_UNLIMITED: as long as it takes). */
void retire_begin(struct station *station, int64_t timeout_ns, int64_t now_ns);

/* The workers of STATION get no more time. */
void retire_fast(struct station *station);

/* Go on with a station that is retiring: when there will be more to do. */
int64_t retire_continue(struct station *station, int64_t now_ns);

/* Whether STATION has retired. */
bool retire_is_done(const struct station *station);

#endif
