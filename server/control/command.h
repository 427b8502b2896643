/*
 * request: a command on the control socket and the reply to it, made piece by piece as its caller
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

struct request {
    struct ucred caller;
    enum command_id command;   /* COMMANDS: there is nothing behind the first piece */
    enum command_id waits_for; /* the end of which; COMMANDS: nothing */
    size_t pool, slot;         /* what the next piece begins with */
    char *text, *rest;         /* lines that are still to be sent; NULL: none */
    struct reply reply;
};

/* Obey LINE, which is changed, and make the first piece of the reply. */
void request_begin(struct master *master, struct request *request, char *line);

/* Free what REQUEST has. */
void request_end(struct request *request);

/* Make the next piece in place of the last: false where there is none, or none yet. */
bool request_continue(const struct master *master, struct request *request);

/* The stop is over: add that to the piece of one who waits. */
void request_tell_stop(const struct master *master, struct request *request);

/* What else it waits for is done, or WHY not: likewise. */
void request_tell(const struct master *master, struct request *request, const char *why);

#endif
