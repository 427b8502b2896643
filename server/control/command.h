/*
 * command: a command on the control socket and the reply to it, made piece by piece as its caller
 * takes it, so that a reply of any length needs no memory that is not there already.
 */
#ifndef PREFORKD_SERVER_CONTROL_COMMAND_H
#define PREFORKD_SERVER_CONTROL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "common/control_protocol.h"
#include "server/control/reply.h"

struct master;

struct command {
    struct ucred peer;
    enum command_id id;        /* COMMANDS: there is nothing behind the first piece */
    enum command_id waits_for; /* the end of which; COMMANDS: nothing */
    size_t pool, slot;         /* what the next piece begins with */
    char *text, *rest;         /* lines that are still to be sent; NULL: none */
    struct reply reply;
};

/* Obey LINE, which is changed, and make the first piece of the reply. */
void command_begin(struct master *master, struct command *command, char *line);

/* Free what REQUEST has. */
void command_end(struct command *command);

/* Make the next piece in place of the last: false where there is none, or none yet. */
bool command_continue(const struct master *master, struct command *command);

/* The stop is over: add that to the piece of one who waits. */
void command_tell_stop(const struct master *master, struct command *command);

/* What else it waits for is done, or WHY not: likewise. */
void command_tell(const struct master *master, struct command *command, const char *why);

#endif
