/*
 * command: a command on the control socket and the reply to it, which is made piece by piece as the
 * client reads it, so that a reply of any length needs no memory beyond the piece.
 */
#ifndef PREFORKD_SERVER_CONTROL_COMMAND_H
#define PREFORKD_SERVER_CONTROL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "common/control_protocol.h"
#include "server/control/control.h"
#include "server/control/reply.h"

struct command {
    struct ucred peer;
    enum command_id id;        /* COMMANDS: the reply has no more pieces */
    enum command_id waits_for; /* the command that has to end first; COMMANDS: none */
    size_t pool, slot;         /* what the next piece begins with */
    char *text, *rest;         /* lines, and those that are still to be sent; NULL: none */
    struct reply reply;
};

/* Make COMMAND empty. */
void command_init(struct command *command);

/* Obey LINE, which is changed, and make the first piece of the reply. */
void command_begin(struct control *control, struct command *command, char *line);

/* Free what COMMAND has. */
void command_end(struct command *command);

/* Make the next piece in place of the last. Returns false where there is none, or none yet. */
bool command_continue(const struct control *control, struct command *command);

/* Add to the piece how the stop, which is over, ended. */
void command_report_stop(const struct control *control, struct command *command);

/* Add to the piece how a reload or an upgrade ended: it has succeeded, or WHY it has not. */
void command_report(const struct control *control, struct command *command, const char *why);

#endif
