/*
 * master: the process that owns the listeners and the workers: its configuration, its pools, its
 * part in an upgrade, and how far a stop is. Its memory is its own, which no worker can write.
 */
#ifndef PREFORKD_SERVER_MASTER_MASTER_H
#define PREFORKD_SERVER_MASTER_MASTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/config/config.h"
#include "server/log/relay.h"
#include "server/log/sink.h"
#include "server/master/reload.h"
#include "server/master/service_manager.h"
#include "server/net/inherited.h"
#include "server/pool/pool.h"
#include "server/worker/connection/access_table.h"

/* A master that another one started is a candidate until that one gives it charge, or dies. Until
 * then nothing is its own: it shares the listeners, and writes no pid file. */
enum master_role { ROLE_CANDIDATE, ROLE_IN_CHARGE, ROLE_REPLACED };

/* At most one change is under way: until it has succeeded or failed the next one waits. */
enum master_change { CHANGE_NONE, CHANGE_RELOAD, CHANGE_UPGRADE };

/* How long the master may fork workers, open or close pools before it looks at its other events. */
#define MASTER_TURN_NS (20 * NS_PER_MS)

struct master {
    const struct config_source *source; /* where a reload reads from */
    struct config *config;              /* in force */
    uint64_t generation;                /* in force; the first is 1 */
    struct pool
        *pools; /* those in force, in the order of CONFIG; then candidates and retiring ones */
    enum master_role role;
    enum master_change change;
    enum phase phase;
    bool upgrade_wanted;        /* an upgrade has to begin as soon as it can */
    unsigned int stop_requests; /* by signals and commands; an upgrade ends a master without one */
    int64_t stop_timeout_ns;    /* of CONFIG; when another master is in charge, of that one's */
    int64_t stop_due_ns;        /* when a graceful stop becomes a fast one */
    struct reload reload;
    struct inherited
        *inherited; /* listeners that existed before; empty once this master is in charge */
    struct listener *control;     /* the control socket; NULL: none, or left to a successor */
    struct access_table *readers; /* who may ask there beside who commands; NULL: none */
    struct service_manager manager;
    struct log_sink log;
    struct log_relay relay;
    struct pool_host host;
    int64_t started_ns;
    size_t spawn_from;   /* the index of the pool that forks first in the next turn */
    int64_t examined_ns; /* when the listeners were looked at last (mend.h) */
    int64_t search_ns;   /* when idle workers have to try accept(); NEVER_NS */
    int ready_fd;        /* gets a newline once all workers accept; -1: none, or it got it */
};

/* Iterate over all of MASTER's pools; over those in force alone. The body must not close EACH. */
/* NOLINTBEGIN(bugprone-macro-parentheses): a declaration's name takes none. */
#define for_each_pool(each, master)                                                                \
    for (struct pool *each = (master)->pools; (each) != NULL; (each) = (each)->next)
#define for_each_pool_in_force(each, master)                                                       \
    for (struct pool *each = (master)->pools;                                                      \
         (each) != NULL && (each)->generation == (master)->generation; (each) = (each)->next)
/* NOLINTEND(bugprone-macro-parentheses) */

/* The master was stopped or starved until NOW_NS: let no worker time out because of that. */
void master_excuse_absence(struct master *master, int64_t now_ns);

/* Add the lines that workers could not write to their channels to those that are lost. */
void master_note_lost_lines(struct master *master);

/* Returns whether MASTER runs, and all pools that run have announced that they accept. */
bool master_is_ready(const struct master *master);

/* Another master has ended, and its workers will: one of them may have got the only wakeup for a
 * connection. Have this master's idle workers try accept() in a moment. */
void master_search_queues(struct master *master, int64_t now_ns);

/* Drop the control socket: close it, unless control/ or another master holds it. */
void master_leave_control(struct master *master);

/* Returns how many workers there are, in all pools. */
size_t master_count_workers(const struct master *master);

/* Returns how many workers have an active connection. */
size_t master_count_busy(const struct master *master);

/* Returns the pool with that INDEX, those in force first; or NULL. */
struct pool *master_pool_at(const struct master *master, size_t index);

/* Returns the pool in force with that NAME, or NULL. */
struct pool *master_find_pool(const struct master *master, const char *name);

/* Returns the pool with a worker PID, and its *SLOT; or NULL. */
struct pool *master_find_worker(const struct master *master, pid_t pid, size_t *slot);

/* Returns where MASTER has its listeners. */
struct holdings master_holdings(const struct master *master);

#endif
