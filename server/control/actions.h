/*
 * actions: the commands that change something. Each is logged with the process that sent it, and
 * either refuses, or finishes the reply, or leaves it waiting for the end of a stop, a reload or an
 * upgrade.
 */
#ifndef PREFORKD_SERVER_CONTROL_ACTIONS_H
#define PREFORKD_SERVER_CONTROL_ACTIONS_H

#include <stddef.h>

#include "server/control/command.h"

/* WORDS are those of the line, the command's name first, as its syntax has them. */
void action_stop(struct control *control, struct command *command, const struct words *words);
void action_scale(struct control *control, struct command *command, const struct words *words);
void action_reload(struct control *control, struct command *command, const struct words *words);
void action_upgrade(struct control *control, struct command *command, const struct words *words);
void action_reopen(struct control *control, struct command *command, const struct words *words);

#endif
