/*
 * upgrade: the binary at the master's path in the master's place, or no change.
 *
 * It is started with the listeners and the control socket (takeover.h is its side). When all its
 * workers accept, and it has lived on for a moment beside real callers, it is given charge, and this
 * master retires: what the successor took is left to it, the rest is drained. When it ends before, or
 * takes too long, nothing has changed.
 */
#ifndef PREFORKD_SERVER_UPGRADE_UPGRADE_H
#define PREFORKD_SERVER_UPGRADE_UPGRADE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/master/completion.h"
#include "server/upgrade/takeover.h"

struct master;

/* What to start. */
struct upgrade_command {
    const char *executable; /* as it was started itself, absolute */
    char *const *arguments;
};

struct upgrade {
    pid_t successor;                 /* 0: there is none */
    int channel_fd, state_fd;        /* -1: there is none */
    off_t read;                      /* how much of the file */
    int64_t due_ns;                  /* when it has to accept; gets charge; has to have ended */
    bool accepts;                    /* it has said so, and is on probation */
    bool given_up;                   /* it was told to leave */
    bool done;                       /* it is in charge, and this master has to stop */
    bool stop_asked;                 /* and this master was asked to stop as well */
    bool wanted;                     /* another one, as soon as there can be one */
    char why[TAKEOVER_MESSAGE_SIZE]; /* nothing comes of it; empty: it has not said so */
    struct completion completion;
};

/* Upgrade, now or, while a reload is being tried or another successor is ending, as soon as that is
 * over. */
void upgrade_ask(struct master *master, int64_t now_ns);

/* The successor says something. */
void upgrade_listen(struct master *master, int64_t now_ns);

/* Whether PID, which ended with STATUS (waitpid(2)), is the successor; then that is dealt with. */
bool upgrade_note_end(struct master *master, pid_t pid, int status, int64_t now_ns);

/* Go on; when to be called again at the latest. */
int64_t upgrade_continue(struct master *master, int64_t now_ns);

/* The master stops: a successor that is not in charge is given up. */
void upgrade_forget(struct master *master, int64_t now_ns);

/* End a successor that is not in charge, and wait for its end: it has copies of the descriptors that
 * hold the locks of this master's paths (server/net/lock_file.h). */
void upgrade_end_successor(struct upgrade *upgrade);

/* The last of a master's workers has ended: tell the successor what was counted since. */
void upgrade_finish(struct master *master);

/* Close and free it all. */
void upgrade_close(struct upgrade *upgrade);

#endif
