/*
 * exec: how a successor is started, and what it is given.
 */
#ifndef PREFORKD_SERVER_UPGRADE_EXEC_H
#define PREFORKD_SERVER_UPGRADE_EXEC_H

#include <sys/types.h>

#include "common/event_loop.h"

struct upgrade;

/* Execute UPGRADE's command with the same arguments in a new process, a child of UPGRADE's
 * launcher, which is started for it. The successor gets the listeners of the pools in force, the
 * control socket, and the channel and the hand-over file of UPGRADE, which are opened here; the
 * loop calls HANDLER with UPGRADE for the channel. Returns its pid; or -1 with errno, and what was
 * opened is left in UPGRADE to be closed. */
pid_t exec_successor(struct upgrade *upgrade, event_handler *handler);

#endif
