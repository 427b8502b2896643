/*
 * board: a letter a worker, as on a scoreboard.
 */
#ifndef PREFORKD_CLIENT_CTL_VIEW_SCOREBOARD_H
#define PREFORKD_CLIENT_CTL_VIEW_SCOREBOARD_H

#include "client/control/snapshot.h"
#include "client/ctl/view/layout.h"

/* Write what the letters mean. */
void ctl_board_write_key(struct ctl_lines *lines);

/* Write the boards of the pools of STATUS and their key, on at most half of the rows that are left,
 * or on what BELOW rows leave, if that is more. Free slots behind the last worker's line are left
 * out. */
void ctl_board_write(struct ctl_lines *lines, const struct ctl_snapshot *status, size_t below);

#endif
