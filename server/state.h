/*
 * state: what the master knows and works with, made and unmade here. Its own memory, which no worker
 * can write; shared by master.c and those that act for it.
 */
#ifndef PREFORKD_SERVER_STATE_H
#define PREFORKD_SERVER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config.h"
#include "server/control.h"
#include "server/logsink.h"
#include "server/reload.h"
#include "server/station.h"

/* What the master's epoll tells of. */
enum event_source { EVENT_SIGNAL, EVENT_WAKE, EVENT_LOG, EVENT_CONTROL, EVENT_CALLER };

struct master {
    const struct config_source *source; /* where a reload reads from */
    struct config *config;              /* in force */
    uint64_t generation;                /* likewise; 1 is the first */
    struct station
        *stations; /* one for each pool of CONFIG, in its order; then those that retire */
    struct reload reload;
    struct logsink log;
    int64_t log_due_ns; /* when to look at the log's pipe; WATCHDOG_NEVER: at its event */
    struct control control;
    int epoll_fd, signal_fd;
    int wake_fd;  /* an eventfd that workers write */
    int ready_fd; /* -1: nobody waits, or it was told */
    pid_t pid;
    int64_t started_ns;
    enum phase phase;    /* of the master as a whole */
    int64_t stop_due_ns; /* when a graceful stop becomes a fast one */
};

/* Block the signals that the master takes as events, and have all others do what exec(2) gives to a
 * program, but SIGPIPE, which is ignored: whatever our parent had ignored or blocked. */
void state_block_signals(void);

/* Make everything that CONFIG asks for, listeners included, but the control socket; no worker yet. 0, or -1 with FAILURE and
 * nothing left behind. */
int state_open(struct master *master, const struct config_source *source, struct config *config,
               int ready_fd, struct failure *failure);

/* Close and free it all. */
void state_close(struct master *master);

/* What the epoll is to say of an event: where it comes from and, of a caller, its place. */
uint64_t state_event(enum event_source source, size_t place);

/* The station with that INDEX, or NULL; those in force come first. */
struct station *state_station(const struct master *master, size_t index);

/* The station in force of the pool with that NAME, or NULL. */
struct station *state_find(const struct master *master, const char *name);

#endif
