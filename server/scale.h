/*
 * scale: the operator's word on how many workers there are to be, until the next reload.
 */
#ifndef PREFORKD_SERVER_SCALE_H
#define PREFORKD_SERVER_SCALE_H

#include "common/number.h"
#include "server/state.h"

/* What may be asked for: what CONFIG says of a pool that grows, up to four times as many as it says
 * of any other. */
struct number_range scale_range(const struct pool_config *config);

/* Have WORKERS, a number in that range, in STATION: of a pool that grows at least so many, of any
 * other just so many. Who is too many leaves after the caller in hand, the idle ones first. */
void scale_station(struct master *master, struct station *station, int64_t workers);

#endif
