/*
 * exec: how a successor is started, and what it is given.
 */
#ifndef PREFORKD_SERVER_UPGRADE_EXEC_H
#define PREFORKD_SERVER_UPGRADE_EXEC_H

#include <stdbool.h>
#include <stdint.h>

#include "common/event_loop.h"

struct upgrade;

/* Have UPGRADE's command executed with the same arguments in a new process, a child of UPGRADE's
 * launcher, which is started here, and asks for that on the channel. The successor gets the
 * listeners of the pools in force, the control socket, and the channel and the hand-over file of
 * UPGRADE, which are opened here; the loop calls HANDLER with UPGRADE for the channel. Returns 0;
 * or -1 with errno, and what was opened is left in UPGRADE to be closed. */
int exec_successor(struct upgrade *upgrade, event_handler *handler);

/* Handle MESSAGE from the channel if it says that the successor is started, or goes on. Returns
 * whether it does. */
bool exec_note_message(struct upgrade *upgrade, const char *message, int64_t now_ns);

#endif
