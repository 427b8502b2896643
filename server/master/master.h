/*
 * master: what the master knows and works with, made and unmade here. Its own memory, which no worker
 * can write; shared by master.c and those that act for it.
 */
#ifndef PREFORKD_SERVER_MASTER_MASTER_H
#define PREFORKD_SERVER_MASTER_MASTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config/config.h"
#include "server/control/control.h"
#include "server/log/sink.h"
#include "server/master/reload.h"
#include "server/master/service_manager.h"
#include "server/net/inherited.h"
#include "server/pool/pool.h"
#include "server/server.h"
#include "server/upgrade/takeover.h"
#include "server/upgrade/upgrade.h"

/* What the master's epoll tells of. */
enum event_source {
    EVENT_SIGNAL,
    EVENT_WAKE,
    EVENT_LOG,
    EVENT_CONTROL,
    EVENT_CLIENT,
    EVENT_SUCCESSOR,
    EVENT_PREDECESSOR
};

struct master {
    const struct config_source *source; /* where a reload reads from */
    struct config *config;              /* in force */
    uint64_t generation;                /* likewise; 1 is the first */
    struct pool *pools; /* one for each pool of CONFIG, in its order; then those that retire */
    struct reload reload;
    const struct upgrade_command *command; /* what an upgrade starts */
    struct upgrade upgrade;
    struct takeover *takeover;
    struct inherited *inherited;    /* until this master is in charge */
    int64_t search_ns;              /* when idle workers are to look for callers; WATCHDOG_NEVER */
    struct service_manager manager; /* the service manager */
    struct log_sink log;
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
void master_block_signals(void);

/* Make everything that CONFIG asks for, listeners included, but the control socket; no worker yet. CONFIG
 * is the master's from now on. 0, or -1 with FAILURE and nothing left behind. */
int master_open(struct master *master, struct config *config, struct server_start *start,
                struct failure *failure);

/* Close and free it all. */
void master_close(struct master *master);

/* Have the epoll tell of FD, by SOURCE. 0, or -1 with errno. */
int master_watch(const struct master *master, int fd, enum event_source source);

/* Close FD, which was watched: its epoll would go on to tell of a copy that another process has. */
void master_unwatch(const struct master *master, int fd);

/* Whether each pool in force accepts with as many workers as it is to have. */
bool master_all_announced(const struct master *master);

/* Another master has ended, its workers too, soon: the kernel may have told one of them, and nobody else,
 * of a caller. Have idle workers look in a moment. */
void master_search_queue(struct master *master, int64_t now_ns);

/* What the epoll is to say of an event: where it comes from and, of a caller, its place. */
uint64_t master_event(enum event_source source, size_t place);

/* The pool with that INDEX, or NULL; those in force come first. */
struct pool *master_pool_at(const struct master *master, size_t index);

/* The pool in force of the pool with that NAME, or NULL. */
struct pool *master_find_pool(const struct master *master, const char *name);

#endif
