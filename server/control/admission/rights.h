/*
 * rights: who may do what on the control socket. The kernel says whose process connected
 * (unix(7)): root and the master's own user command; the users and groups of control_readers ask.
 */
#ifndef PREFORKD_SERVER_CONTROL_ADMISSION_RIGHTS_H
#define PREFORKD_SERVER_CONTROL_ADMISSION_RIGHTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "server/control/reply.h"
#include "server/worker/connection/access_table.h"

/* In ascending order. */
enum right { RIGHT_NONE, RIGHT_ASK, RIGHT_COMMAND };

/* The process at the other end of a connection. */
struct peer {
    struct ucred process;
    enum right right;
};

/* The refusals that were logged. */
struct refusals {
    _Atomic int64_t logged_s;  /* when one was last */
    _Atomic uint32_t left_out; /* how many were not since then */
};

/* Set PEER to whose process connected FD; READERS is the table of control_readers, NULL: there are
 * none. Returns whether it has any right; if not, REPLY is the refusal, which is logged. */
bool rights_find(int fd, const struct access_table *readers, struct refusals *refusals,
                 struct peer *peer, struct reply *reply);

/* Log that PEER was refused, or its COMMAND alone where that is not NULL: once a second, with how
 * many refusals there were in between. */
void rights_log_refusal(struct refusals *refusals, const struct peer *peer, const char *command);

#endif
