/*
 * control: the master's control socket and its clients. The master never waits for a client,
 * and disconnects one that does not send or read in time.
 *
 * A client has 10 s for its line, and then 10 s for each piece of the reply. When CONTROL_CLIENTS
 * are connected, the next one takes the place of the one that has been idle for longest
 * (places.h). One without any right gets no place.
 */
#ifndef PREFORKD_SERVER_CONTROL_CONTROL_H
#define PREFORKD_SERVER_CONTROL_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/control_protocol.h"
#include "common/event_loop.h"
#include "common/failure.h"
#include "server/control/admission/rights.h"
#include "server/net/listener.h"

struct master;
struct upgrade;
struct control_client;

enum { CONTROL_CLIENTS = 256 };

struct control {
    struct event_loop *loop;
    struct master *master;
    struct upgrade *upgrade;
    struct listener *listener;      /* on which it accepts, the master's; NULL: none */
    bool accepting;                 /* the loop reports new clients */
    int64_t paused_ns;              /* no accept before, for want of descriptors; 0: no pause */
    struct control_client *clients; /* room for CONTROL_CLIENTS, which fork(2) leaves out */
    struct control_client *connected[CONTROL_CLIENTS];
    size_t count;             /* of CONNECTED */
    struct refusals refusals; /* of clients and of their commands */
};

/* Serve clients at the control socket of MASTER, wherever that is at the time. After a
 * failure CONTROL has to be closed, too. */
MAY_FAIL control_open(struct control *control, struct event_loop *loop, struct master *master,
                      struct upgrade *upgrade, struct failure *failure);

/* Accept clients where MASTER's role says so, follow the socket where a reload moves it, leave it
 * to a successor, and hang up on late clients. Returns when to call again at the latest. */
int64_t control_continue(struct control *control, int64_t now_ns);

/* Returns whether the process PID, which has ended with STATUS, has read a file for a client. */
bool control_note_status(struct control *control, pid_t pid, int status);

/* Returns whether there is such a process. */
bool control_reads(const struct control *control);

/* Answer the clients that wait for the COMMAND: it has succeeded, or WHY it has not. */
void control_report(struct control *control, enum command_id command, const char *why);

/* Leave the socket, which goes with its last user, answer the clients that wait for the end of the
 * stop, and close everything. */
void control_close(struct control *control);

#endif
