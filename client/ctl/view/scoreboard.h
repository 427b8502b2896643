/*
 * scoreboard: a letter for each worker, and what the letters mean.
 */
#ifndef PREFORKD_CLIENT_CTL_VIEW_SCOREBOARD_H
#define PREFORKD_CLIENT_CTL_VIEW_SCOREBOARD_H

#include "client/control/snapshot.h"
#include "client/ctl/view/layout.h"

/* Write what the letters mean, those that pools of STATUS can have. */
void scoreboard_write_key(struct layout *layout, const struct snapshot *status);

/* Write the key and the scoreboards of the pools of STATUS. They take at most half of the rows that
 * LAYOUT has left, or all but BELOW of them if that is more. Free slots in the lines behind the
 * last worker's are left out. */
void scoreboard_write(struct layout *layout, const struct snapshot *status, size_t below);

#endif
