/*
 * client: one connection to the control socket, from accept to close. Its line is obeyed, and the
 * reply goes out piece by piece.
 */
#ifndef PREFORKD_SERVER_CONTROL_CLIENT_H
#define PREFORKD_SERVER_CONTROL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/control_protocol.h"
#include "server/control/admission/rights.h"
#include "server/control/command.h"
#include "server/control/control.h"

struct control_client {
    struct control *control; /* NULL: there is no connection */
    int fd;
    int64_t due_ns;     /* when the client is late; NEVER_NS: it waits for a command to end */
    bool answering;     /* its line was read */
    size_t line_length; /* of LINE, so far */
    char line[COMMAND_SIZE];
    size_t sent; /* of the piece */
    struct command command;
};

/* Serve the connection FD, made by PEER, which has a right. */
void control_client_begin(struct control_client *client, struct control *control, int fd,
                          const struct peer *peer);

/* Send REFUSAL over the connection FD, which no client has, and close it. */
void control_client_refuse(int fd, const struct reply *refusal);

/* Close the connection FD, which no client has, and wait for nothing that was sent along. */
void control_client_drop(int fd);

/* Close the connection, whatever is under way. */
void control_client_hang_up(struct control_client *client);

/* Answer a client whose command has ended: it has succeeded, or WHY it has not. */
void control_client_report(struct control_client *client, const char *why);

/* Go on with a command that waits for a configuration to be read. Returns when to call again at the
 * latest. There may be no client any more then. */
int64_t control_client_continue(struct control_client *client, int64_t now_ns);

/* The stop is over: answer a client that waits for it; send another what it takes of
 * its reply. */
void control_client_report_stop(struct control_client *client);

#endif
