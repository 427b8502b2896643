/*
 * takeover: a master that another one has started to take its place. upgrade.h is the predecessor's
 * side.
 *
 * It shares the predecessor's listeners, reports when all of its workers accept, and is in charge
 * once the predecessor says so, or dies. Until then nothing is its own: it leaves the listeners as
 * they are, writes no pid file, and does not accept on the control socket.
 */
#ifndef PREFORKD_SERVER_UPGRADE_TAKEOVER_H
#define PREFORKD_SERVER_UPGRADE_TAKEOVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/event_loop.h"
#include "common/failure.h"
#include "server/net/inherited.h"

struct master;

/* The environment variable by which a process knows that it is a successor: `PID PREDECESSOR
 * CHANNEL FILE`, its own pid first, then two descriptors. */
#define TAKEOVER_VARIABLE "PREFORKD_SUCCESSION"

/* The messages on the channel. First the launcher sends the pid of the process that it has started
 * ("started PID"), the predecessor that this may go on, and the process that it does. The successor
 * sends that it accepts, or why it cannot ("failed ..."), later that the predecessor has to reopen
 * its log, and at its own end that it has to stop; the predecessor sends that the successor has
 * charge or is to leave, and at its end that the rest of what it counted is in the hand-over
 * file. */
#define TAKEOVER_STARTED "started "
#define TAKEOVER_GO      "go on"
#define TAKEOVER_GOES    "goes on"
#define TAKEOVER_ACCEPTS "accepts"
#define TAKEOVER_FAILED  "failed "
#define TAKEOVER_STOP    "stop"
#define TAKEOVER_CHARGE  "charge"
#define TAKEOVER_LEAVE   "leave"
#define TAKEOVER_REST    "rest"
#define TAKEOVER_REOPEN  "reopen"

enum { TAKEOVER_MESSAGE_SIZE = 4096 };

struct takeover {
    struct event_loop *loop;
    struct master *master;
    int channel_fd;      /* -1: no predecessor is left */
    int state_fd;        /* the hand-over file; -1: none */
    off_t read;          /* how much of that file was read */
    pid_t predecessor;   /* 0: there never was one */
    uint64_t generation; /* the predecessor's last */
    bool accepts;        /* that was sent */
    bool stop_wanted;    /* it was asked to stop, and the predecessor has yet to answer */
    bool waits;          /* that a stop waits for the predecessor was logged */
    char *pid_file;      /* the predecessor's; NULL: none */
};

/* Find out whether another master has started this one, and add its listeners to
 * INHERITED. takeover_fail() should report a failure. */
MAY_FAIL takeover_begin(struct takeover *takeover, struct inherited *inherited,
                        struct failure *failure);

/* Report to the predecessor, if there is one, WHY this process cannot take over. */
void takeover_fail(const struct takeover *takeover, const char *why);

/* A candidate was asked to stop: leave it to the predecessor whether that ends a candidate, or,
 * where charge was already sent, the master in charge. Returns whether the answer will come; if
 * not, this master is to stop by itself. */
bool takeover_defer_stop(struct takeover *takeover);

/* Have LOOP handle what the predecessor sends to MASTER. Returns 0, or -1 with errno. */
int takeover_watch(struct takeover *takeover, struct event_loop *loop, struct master *master);

/* Report to the predecessor that all workers accept, once they do. Log once that a stop has to wait
 * for it. */
void takeover_continue(struct takeover *takeover);

/* Reopen the log of the master and of all predecessors that still have connections: each of them
 * has the file open. Returns 0; or -1 with errno after a warning, where this master's could not
 * be. */
int takeover_reopen_logs(const struct takeover *takeover);

/* Have a predecessor that still drains stop fast: for a master in charge that has stopped, or one
 * that its own successor has stop so. One whose own stop_timeout is over leaves its predecessor its
 * time. */
void takeover_stop(const struct takeover *takeover);

/* Close and free all. */
void takeover_close(struct takeover *takeover);

#endif
