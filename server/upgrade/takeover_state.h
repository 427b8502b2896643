/*
 * takeover_state: the hand-over file (handover.h) from the successor's side, in the order in which
 * its parts are written.
 */
#ifndef PREFORKD_SERVER_UPGRADE_TAKEOVER_STATE_H
#define PREFORKD_SERVER_UPGRADE_TAKEOVER_STATE_H

#include "common/failure.h"
#include "server/net/inherited.h"
#include "server/upgrade/takeover.h"

/* Read what the predecessor has: its listeners, added to INHERITED, its pid file and its
 * generation. */
MAY_FAIL takeover_state_read(struct takeover *takeover, struct inherited *inherited,
                             struct failure *failure);

/* Write which of those listeners this master took, and its stop_timeout. Returns 0, or -1 with
 * errno. */
int takeover_state_write_taken(const struct takeover *takeover);

/* Add what the predecessor has counted since it was last read to the totals of the pools that this
 * master still has. A failure is logged. */
void takeover_state_read_totals(struct takeover *takeover);

#endif
