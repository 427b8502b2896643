/*
 * dispatch: from the line of a control client to its command, and on to the pieces of the reply.
 */
#ifndef PREFORKD_SERVER_CONTROL_DISPATCH_H
#define PREFORKD_SERVER_CONTROL_DISPATCH_H

#include <stdbool.h>

#include "server/control/command.h"

/* Obey LINE, which is changed, and make the first piece of the reply. */
void dispatch_line(struct control *control, struct command *command, char *line);

/* Go on with COMMAND if the configuration that it waits for has been read. Returns whether it
 * was. */
bool dispatch_resume(const struct control *control, struct command *command);

/* Make the next piece in place of the last. Returns false where there is none, or none yet. */
bool dispatch_continue(const struct control *control, struct command *command);

#endif
