/*
 * takeover: a master that another one has started to take its place (upgrade.h is the other side).
 *
 * It shares the other's listeners, says when all its workers accept, and is in charge once the other
 * says so, or dies. Until then nothing is its own: it leaves the listeners as they are, writes no
 * pid_file and has the control socket wait.
 */
#ifndef PREFORKD_SERVER_UPGRADE_TAKEOVER_H
#define PREFORKD_SERVER_UPGRADE_TAKEOVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/failure.h"
#include "server/net/inherited.h"
#include "server/net/socket_file.h"

struct master;

/* How a successor knows that it is one: `PID PREDECESSOR CHANNEL FILE`, two processes, its own first, and
 * two descriptors. */
#define TAKEOVER_VARIABLE "PREFORKD_SUCCESSION"

/* What the two say on the channel, a message each: from the successor that it accepts, or why it cannot
 * ("failed ..."); from the predecessor that it has charge, and when it ends, what it counted until
 * then. */
#define TAKEOVER_ACCEPTS "accepts"
#define TAKEOVER_FAILED  "failed "
#define TAKEOVER_CHARGE  "charge"
#define TAKEOVER_REST    "rest"

enum { TAKEOVER_MESSAGE_SIZE = 4096 };

struct takeover {
    int channel_fd, state_fd; /* -1: no predecessor is left */
    off_t read;               /* how much of the file */
    pid_t predecessor;        /* 0: there never was one */
    uint64_t generation;      /* its last */
    bool in_charge;           /* from the start, where there never was one */
    bool accepts;             /* it was told so */
    char *pid_file;           /* its; NULL: none */
};

/* Find out whether another master has started this one: then its sockets are added to INHERITANCE. 0,
 * or -1 with FAILURE, which the predecessor is to be told as well. */
int takeover_begin(struct takeover *takeover, struct inherited *inherited, struct failure *failure);

/* Tell the predecessor, if there is one, WHY nothing comes of it. */
void takeover_fail(const struct takeover *takeover, const char *why);

/* The predecessor says something, or has ended. */
void takeover_listen(struct master *master, int64_t now_ns);

/* Say that we accept, once we do. */
void takeover_continue(struct master *master);

/* Close and free it all. */
void takeover_close(struct takeover *takeover);

#endif
