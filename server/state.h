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
#include "common/number.h"
#include "server/control.h"
#include "server/listener.h"
#include "server/logsink.h"
#include "server/pool.h"
#include "server/queue.h"
#include "server/rates.h"
#include "server/scoreboard.h"
#include "server/service.h"
#include "server/watchdog.h"

/* One pool in operation. */
struct station {
    const struct pool_config *config;
    const struct service *service;
    size_t index; /* in the configuration and on the scoreboard */
    struct listener listener;
    struct pool *pool;
    struct pool_hints *hints;
    struct watchdog watchdog;
    struct number_range workers; /* as the configuration, or the operator, will have it */
    size_t target;               /* how many there should be while it runs */
    int64_t judge_ns;            /* when the watchdog wants to look again */
    int64_t grow_ns;             /* when growth does; WATCHDOG_NEVER: once a worker asks */
    int64_t full_ns;             /* since when all of the most workers are busy; 0: not so */
    uint64_t max_reached, crashes;
    int64_t queue_peak; /* of the samples taken; FIGURE_UNKNOWN: none */
    bool announced;     /* the ready line is out */
    bool fork_fails;
    struct counters ended; /* the sums of the workers that have ended */
    struct rates rates;    /* and theirs of the last seconds */
    uint64_t cut, refused; /* callers, by the stop */
};

/* What the master's epoll tells of. */
enum event_source { EVENT_SIGNAL, EVENT_WAKE, EVENT_LOG, EVENT_CONTROL, EVENT_CALLER };

enum phase { PHASE_RUNNING, PHASE_STOPPING, PHASE_STOPPING_FAST };

struct master {
    const struct config *config;
    struct scoreboard *board;
    struct station *stations; /* one for each pool of the configuration */
    struct logsink log;
    int64_t log_due_ns; /* when to look at the log's pipe; WATCHDOG_NEVER: at its event */
    struct control control;
    int epoll_fd, signal_fd;
    int wake_fd;                             /* an eventfd that workers write */
    int lifeline_read_fd, lifeline_write_fd; /* the workers' end, and the master's */
    int ready_fd;                            /* -1: nobody waits, or it was told */
    pid_t pid;
    int64_t started_ns;
    enum phase phase;
    int64_t stop_due_ns; /* when a graceful stop becomes a fast one */
};

/* Block the signals that the master takes as events, and have all others do what exec(2) gives to a
 * program, but SIGPIPE, which is ignored: whatever our parent had ignored or blocked. */
void state_block_signals(void);

/* How many workers may be asked for: what CONFIG says of a pool that grows, up to four times as many
 * as it says of any other. */
struct number_range state_worker_range(const struct pool_config *config);

/* Make everything that CONFIG asks for, listeners included, but the control socket; no worker yet. 0, or -1 with FAILURE and
 * nothing left behind. */
int state_open(struct master *master, const struct config *config, int ready_fd,
               struct failure *failure);

/* Close and free it all. */
void state_close(struct master *master);

/* What the epoll is to say of an event: where it comes from and, of a caller, its place. */
uint64_t state_event(enum event_source source, size_t place);

/* Send the signal NUMBER to all of STATION's workers. */
void state_signal_workers(const struct station *station, int number);

/* How many of STATION's workers have a connection in hand, as they say. */
size_t state_count_busy(const struct master *master, const struct station *station);

/* Look at the queue of STATION, as queue_look does, and remember its peak. */
int state_look_at_queue(struct station *station, struct queue_depth *depth);

#endif
