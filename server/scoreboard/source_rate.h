/*
 * source_rate: how fast the connections of a source come, measured by all workers of a pool
 * together, without a lock.
 */
#ifndef PREFORKD_SERVER_SCOREBOARD_SOURCE_RATE_H
#define PREFORKD_SERVER_SCOREBOARD_SOURCE_RATE_H

#include <stdbool.h>
#include <stdint.h>

#include "server/scoreboard/source_board.h"

/* The key max_rate_per_source is at most that: the time between two connections is kept exactly to
 * half a percent. */
enum { SOURCE_RATE_MAX = 100000 };

/* Return whether one more connection or datagram of the source KEY may come at NOW_NS: PER_S at
 * once, and PER_S a second. If so, it counts. */
bool source_rate_take(const struct source_share *share, uint64_t key, int64_t per_s,
                      int64_t now_ns);

#endif
