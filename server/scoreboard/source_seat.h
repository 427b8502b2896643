/*
 * source_seat: how many connections a source has at once in a pool, counted by the workers alone,
 * without a lock.
 */
#ifndef PREFORKD_SERVER_SCOREBOARD_SOURCE_SEAT_H
#define PREFORKD_SERVER_SCOREBOARD_SOURCE_SEAT_H

#include <stdint.h>

#include "server/scoreboard/source_board.h"

/* Take a place for a connection of the source KEY, which may have LIMIT at once; it counts until
 * source_seat_leave(). Returns how many the source has, this one included; 0 where it has as many
 * already, and then nothing is left behind. */
uint64_t source_seat_take(const struct source_share *share, uint64_t key, uint64_t limit);

/* The connection has ended, or is refused for another reason. */
void source_seat_leave(const struct source_share *share);

#endif
