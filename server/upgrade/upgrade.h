/*
 * upgrade: the binary at the master's path in the master's place, or no change. This is the
 * predecessor's side; takeover.h is the successor's.
 *
 * The successor is started with the listeners and the control socket. When all of its workers
 * accept, and it has lived on for a moment beside real clients, it gets charge, and this master
 * retires: the listeners that the successor took are left to it, the others are drained. When the
 * successor ends before that, or takes too long, nothing has changed.
 */
#ifndef PREFORKD_SERVER_UPGRADE_UPGRADE_H
#define PREFORKD_SERVER_UPGRADE_UPGRADE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/event_loop.h"
#include "server/master/completion.h"
#include "server/master/master.h"
#include "server/upgrade/takeover.h"

/* What to execute. */
struct upgrade_command {
    const char *executable; /* the path by which this process was started, absolute */
    char *const *arguments;
};

struct upgrade {
    struct event_loop *loop;
    struct master *master;
    const struct takeover *takeover; /* from this master's own predecessor */
    const struct upgrade_command *command;
    pid_t successor; /* 0: there is none, or its launcher has yet to say which */
    pid_t launcher;  /* its parent until it has charge; 0: there is none */
    int channel_fd;  /* messages to and from the successor; -1: none */
    int state_fd;    /* the hand-over file; -1: none */
    off_t read;      /* how much of that file was read */
    int64_t due_ns;  /* when the successor has to accept; then, gets charge; or has to have ended */
    int64_t end_due_ns; /* after a stop: when its end is waited for no longer; 0: it is not yet */
    bool goes;          /* it said so: it no longer dies with its launcher */
    bool accepts;       /* it said so, and is on probation */
    bool passes;        /* it gets charge once its launcher, which was killed, has ended */
    bool given_up;      /* it was asked to leave */
    bool quits;         /* a QUIT came meanwhile: this master stops anyway once it is replaced */
    char why[TAKEOVER_MESSAGE_SIZE]; /* what the successor said of its failure; may be empty */
    struct completion completion;
};

/* Set UPGRADE up for MASTER, which may have come to be by TAKEOVER. */
void upgrade_init(struct upgrade *upgrade, struct event_loop *loop, struct master *master,
                  const struct takeover *takeover, const struct upgrade_command *command);

/* Upgrade now, or as soon as another change is over. The completion says how it ended, also where
 * it could not begin. */
void upgrade_request(struct upgrade *upgrade, int64_t now_ns);

/* A QUIT came. Returns whether an upgrade is under way, which ends with the stop of this master, so
 * that there is nothing else to do. */
bool upgrade_defer_quit(struct upgrade *upgrade);

/* Returns whether PID, about which waitpid(2) reported STATUS, is the launcher, which ends as the
 * successor does; that end is handled. */
bool upgrade_note_status(struct upgrade *upgrade, pid_t pid, int status, int64_t now_ns);

/* Go on, and give up a successor without charge when the master stops. Returns when to call again
 * at the latest. */
int64_t upgrade_continue(struct upgrade *upgrade, int64_t now_ns);

/* The stop is over: kill a successor that is not in charge, for its copies of the descriptors hold
 * the locks of this master's paths (server/net/lock_file.h). Returns whether none is left, or it
 * has not ended for a second; upgrade_continue() says when to call again. */
bool upgrade_end_successor(struct upgrade *upgrade, int64_t now_ns);

/* The last worker has ended: send the successor what was counted since it got charge. */
void upgrade_finish(struct upgrade *upgrade);

/* Close and free all. */
void upgrade_close(struct upgrade *upgrade);

#endif
