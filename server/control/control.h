/*
 * control: the master's control socket. It accepts, and lets nobody keep the master waiting:
 * what a caller does not send or take in time ends.
 *
 * A caller has 10 s for its line, and from then on 10 s for each piece of the reply. There are at most CONTROL_CLIENTS; another takes the place of the idlest.
 */
#ifndef PREFORKD_SERVER_CONTROL_CONTROL_H
#define PREFORKD_SERVER_CONTROL_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/control_protocol.h"
#include "common/endpoint.h"
#include "common/failure.h"
#include "server/net/socket_file.h"

struct master;
struct control_client;

enum { CONTROL_CLIENTS = 256 };

struct control {
    int fd; /* -1: there is none */
    struct endpoint endpoint;
    struct socket_file file;
    bool shared;       /* another master has it too, and may keep it */
    int64_t paused_ns; /* until when nobody is accepted, for want of descriptors; 0: not so */
    size_t count;      /* of callers */
    int fds[CONTROL_CLIENTS];       /* theirs; -1: none */
    struct control_client *clients; /* not in workers: fork(2) leaves it out */
};

/* Serve what MASTER's configuration says (NULL: nothing), mode 0600. 0, or -1 with FAILURE, which says
 * STATUS_CANNOT_CREATE; then there is something to close, too. */
int control_open(struct master *master, struct failure *failure);

/* Somebody calls. */
void control_accept(struct master *master);

/* End the late ones. When the next could be late; WATCHDOG_NEVER: nobody. */
int64_t control_tend(struct master *master, int64_t now_ns);

/* Tell those who wait for COMMAND that it is done, or WHY not. */
void control_tell(struct master *master, enum command_id command, const char *why);

/* The socket is a successor's from now on: those who have called are served, nobody else. */
void control_leave(struct master *master);

/* The socket is ours alone from now on: those who call are served. */
void control_take_over(struct master *master);

/* Remove the socket, tell those who wait for the end of the stop that it has come, and close
 * everything. Nothing of CONTROL is left. */
void control_close(struct master *master);

#endif
