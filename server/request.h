/*
 * request: a command on the control socket and the reply to it, made piece by piece as its caller
 * takes it, so that a reply of any length needs no memory that is not there already.
 */
#ifndef PREFORKD_SERVER_REQUEST_H
#define PREFORKD_SERVER_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "common/commands.h"

struct master;

enum { PIECE_SIZE = 16384 };

struct request {
    struct ucred caller;
    enum command_id command; /* COMMANDS: there is nothing behind the first piece */
    bool waiting;            /* for the end of the stop */
    size_t pool, slot;       /* what the next piece begins with */
    size_t length;
    char piece[PIECE_SIZE];
};

/* Put another line into the piece, or `error STATUS ` and a line, which is all of the reply then.
 * What has no room is left out. */
__attribute__((format(printf, 2, 3))) void request_print(struct request *request,
                                                         const char *format, ...);
__attribute__((format(printf, 3, 4))) void request_refuse(struct request *request, int status,
                                                          const char *format, ...);

/* Obey LINE, which is changed, and make the first piece of the reply. */
void request_begin(struct master *master, struct request *request, char *line);

/* Make the next piece in place of the last: false where there is none, or none yet. */
bool request_continue(const struct master *master, struct request *request);

/* The stop is over: make the last piece for one who waits for it. */
void request_conclude(const struct master *master, struct request *request);

#endif
