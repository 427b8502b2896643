/*
 * pool: one pool in operation: its listener, its slots, its scoreboard, and what it has counted. It
 * belongs to one generation. The memory is the master's own, which no worker can write.
 *
 * A reload opens new pools and retires the old ones, so several pools of one name may exist for a
 * while; they share the listener where the address is the same.
 */
#ifndef PREFORKD_SERVER_POOL_POOL_H
#define PREFORKD_SERVER_POOL_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/config/config.h"
#include "common/number.h"
#include "server/log/relay.h"
#include "server/net/listener.h"
#include "server/pool/kinds/kind.h"
#include "server/pool/slots.h"
#include "server/pool/wakeup.h"
#include "server/pool/watchdog.h"
#include "server/scoreboard/scoreboard.h"
#include "server/scoreboard/totals.h"
#include "server/service/service.h"

enum phase { PHASE_RUNNING, PHASE_STOPPING, PHASE_STOPPING_FAST };

struct access_table;
struct sandbox;
struct source_board;

/* What all pools of a process share. */
struct pool_host {
    pid_t pid;                /* of the master, the parent of the workers */
    struct event_loop *loop;  /* which watches for their wakeups */
    event_handler *on_wakeup; /* gets the pool whose worker wakes the master */
    const struct log_sink *log;
    struct log_relay *relay;   /* reads the channels of the pools */
    struct pool *const *pools; /* the first of all */
};

/* The section of a configuration that a pool is made of. */
struct pool_origin {
    struct config *root; /* the whole configuration, which outlives the pool */
    size_t index;        /* of the pool in ROOT */
    uint64_t generation;
};

struct pool {
    struct pool *next;
    const struct pool_host *host;
    uint64_t generation;              /* the first is 1 */
    struct config *root;              /* the whole configuration of that generation */
    const struct pool_config *config; /* the part of it that is this pool's */
    const struct service *service;
    const struct pool_kind *kind; /* what its slots run */
    struct access_table *access;  /* who may call; NULL: everyone */
    struct sandbox *sandbox;      /* that its processes enter; NULL: none */
    struct source_board *sources; /* by which their sources are counted; NULL: they are not */
    struct residents *residents;  /* of that kind, NULL of another one */
    enum phase phase;
    struct listener *listener; /* NULL: a retiring pool left it to another one */
    int module_fd;             /* the file that its workers load as their module; -1: none */
    int lifeline_read_fd;      /* the workers' end of the pipe by which a generation is retired */
    int lifeline_write_fd;     /* the master's end */
    struct wakeup wakeup;
    struct scoreboard *board;
    struct pool_hints *hints;
    struct slots *slots;
    struct ledger *ledger;
    struct log_channel channel;
    struct watchdog watchdog;
    struct number_range workers; /* what the configuration says, or preforkctl scale after it */
    size_t target;               /* how many workers the pool should have while it runs */
    unsigned int asks;           /* of workers for more, since the target was raised last */
    int64_t judge_ns;            /* when the watchdog has to look again */
    int64_t scale_ns;            /* when scaling has to; NEVER_NS: when a worker asks */
    int64_t hints_ns;            /* when the hints have to be set right */
    int64_t full_ns;             /* since when workers.max are busy; 0: fewer are */
    int64_t full_log_ns;         /* when that may be logged again */
    bool full_logged;            /* it has been, and its end has to be */
    int64_t retired_ns;          /* when a graceful stop began */
    int64_t stop_due_ns;         /* when it becomes a fast one, and that one ends */
    int64_t queue_ns;            /* when to look whether the queue is drained */
    bool killed;                 /* in a fast stop, its workers were */
    bool renewed;                /* it retires because its listener was opened anew */
    bool awaits;                 /* it has no worker, and its listener is watched (scaling.c) */
    bool announced;              /* the ready line has been logged */
    bool fork_fails;
    struct totals totals;   /* what the pool counted, without the workers that live */
    struct totals reported; /* what a successor has been sent of it, living workers included */
};

/* Open a pool of ORIGIN without a worker, and give it a user's part in LISTENER. A
 * failure leaves nothing behind: LISTENER is dropped. */
MAY_FAIL pool_open(const struct pool_host *host, const struct pool_origin *origin,
                   struct listener *listener, struct pool **opened, struct failure *failure);

/* Close and free POOL, which has no worker. */
void pool_close(struct pool *pool);

/* The master itself was stopped or starved until NOW_NS: let no worker time out because of that. */
void pool_excuse_absence(struct pool *pool, int64_t now_ns);

/* Returns whether POOL has a listener that is open. */
static inline bool pool_listens(const struct pool *pool)
{
    return pool->listener != NULL && pool->listener->fd >= 0;
}

/* Returns how many workers preforkctl scale may ask for: the configured range of a pool that scales
 * by itself, else up to four times the configured number. */
struct number_range pool_worker_range(const struct pool_config *config);

/* Returns whether workers of CONFIG's pool are replaced while they serve: each has a successor that
 * accepts before it leaves. */
bool pool_replaces_workers(const struct pool_config *config);

/* A worker of POOL has ended, and may have left anything in the hints, by its death between two
 * stores or by an attacker's hand: set them right at the next turn. */
void pool_mend_hints(struct pool *pool, int64_t now_ns);

/* Have all of POOL's workers do what REQUEST says. */
void pool_ask_all(struct pool *pool, enum kind_request request);

/* A worker of POOL has begun to start or to leave at NOW_NS: have the watchdog look where it runs a
 * module. */
void pool_watch_module(struct pool *pool, int64_t now_ns);

/* Ask the worker of SLOT to leave after its active connection. */
void pool_retire_worker(struct pool *pool, size_t slot);

/* Returns how long a pool of ROOT may take at most until its workers accept, if all goes well. */
int64_t pool_ready_within_ns(const struct config *root);

#endif
