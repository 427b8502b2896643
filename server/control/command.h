/*
 * command: a command of a control client and the reply to it, which is made piece by piece as the
 * client reads it, so that a reply of any length needs no memory beyond the piece.
 */
#ifndef PREFORKD_SERVER_CONTROL_COMMAND_H
#define PREFORKD_SERVER_CONTROL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "common/control_protocol.h"
#include "server/control/admission/rights.h"
#include "server/control/control.h"
#include "server/control/reply.h"
#include "server/master/config_reader.h"

enum { WORDS_MAX = 4, POOL_NAME_SIZE = 32 };

/* The words of a command line. */
struct words {
    char *at[WORDS_MAX];
    size_t count;
};

struct command {
    struct peer peer;
    enum command_id id;          /* COMMANDS: the reply has no more pieces */
    enum command_id waits_for;   /* the command that has to end first; COMMANDS: none */
    size_t pool, slot;           /* what the next piece begins with */
    char only[POOL_NAME_SIZE];   /* the pool that the reply is about; empty: all */
    char *text, *rest;           /* lines of any length, and what of them is unsent; NULL: none */
    struct config_reader reader; /* of `diff` */
    struct reply reply;
};

/* Make COMMAND empty. */
void command_init(struct command *command);

/* Free what COMMAND has. */
void command_end(struct command *command);

/* Make the whole reply an exit status and a reason. */
__attribute__((format(printf, 3, 4))) void command_refuse(struct command *command, int status,
                                                          const char *format, ...);

/* End the reply with this piece. */
void command_finish(struct command *command);

/* Have the pieces that follow consist of LINES, each behind PREFIX and a blank, then the end. */
void command_set_lines(struct command *command, const char *prefix, const char *lines);

/* Make the next piece of the lines that were set. Returns false where none are left. */
bool command_continue_lines(struct command *command);

/* Finish the reply with how the stop, which is over, ended. */
void command_report_stop(const struct control *control, struct command *command);

/* Go on with how a reload or an upgrade ended: it has succeeded, or WHY it has not, of any
 * length. */
void command_report(const struct control *control, struct command *command, const char *why);

#endif
