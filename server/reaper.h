/*
 * reaper: reap the children of this master, and pass the status of each to the part that started
 * it.
 */
#ifndef PREFORKD_SERVER_REAPER_H
#define PREFORKD_SERVER_REAPER_H

#include <stdint.h>

struct control;
struct master;
struct upgrade;

struct reaper {
    struct master *master; /* which has workers, and a child that reads the configuration */
    struct upgrade *upgrade;
    struct control *control;
    int64_t due_ns; /* when to look for ended children without a SIGCHLD; NEVER_NS */
};

/* Reap all children that have ended: for SIGCHLD. */
void reaper_reap(struct reaper *reaper, int64_t now_ns);

/* Reap again what a failed call has left. Returns when to call again at the latest. */
int64_t reaper_continue(struct reaper *reaper, int64_t now_ns);

#endif
