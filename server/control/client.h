/*
 * client: one who called the control socket, from welcome to hang-up. The kernel says who it
 * is; its line is obeyed, and the reply goes out piece by piece.
 *
 * A caller is named by its PLACE in struct control.
 */
#ifndef PREFORKD_SERVER_CONTROL_CLIENT_H
#define PREFORKD_SERVER_CONTROL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/control_protocol.h"
#include "server/control/command.h"

struct control_client {
    int64_t due_ns; /* when it is late */
    bool answering; /* its line was obeyed */
    size_t got;     /* of its line */
    char line[COMMAND_SIZE];
    size_t sent; /* of the piece */
    struct command command;
};

/* Give FD the free PLACE. Who is neither the master's user nor root is told so and no more. */
void control_client_welcome(struct master *master, size_t place, int fd);

/* It sent something, takes more, or left. Nothing happens where nobody is there any more. */
void control_client_serve(struct master *master, size_t place);

/* Let it go, whatever it is at. */
void control_client_hang_up(struct master *master, size_t place);

/* What it waits for is done, or WHY not: say so. */
void control_client_tell(struct master *master, size_t place, const char *why);

/* The stop is over: say so to one who waits for that; to another what is left of its piece. */
void control_client_tell_stop(struct master *master, size_t place);

#endif
