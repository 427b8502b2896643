/*
 * pool: one pool in operation, of one generation: its listener, its workers, its pages, and what
 * it counted. The master's own memory, which no worker can write.
 *
 * A reload makes new pools and retires the old ones, and so the pools of one name may be several
 * for a while; they share a listener where the address is the same.
 */
#ifndef PREFORKD_SERVER_POOL_POOL_H
#define PREFORKD_SERVER_POOL_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config/config.h"
#include "common/failure.h"
#include "common/number.h"
#include "server/net/accept_queue.h"
#include "server/net/listener.h"
#include "server/pool/slots.h"
#include "server/pool/totals.h"
#include "server/pool/watchdog.h"
#include "server/service/service.h"
#include "server/worker/scoreboard.h"

enum phase { PHASE_RUNNING, PHASE_STOPPING, PHASE_STOPPING_FAST };

struct pool {
    struct pool *next;
    uint64_t generation; /* 1 is the first */
    struct config *root; /* of which CONFIG is a part */
    const struct pool_config *config;
    const struct service *service;
    enum phase phase;
    struct listener *listener;               /* NULL: another pool has it, or nobody */
    int lifeline_read_fd, lifeline_write_fd; /* the workers' end, and the master's */
    struct scoreboard *board;
    struct pool_hints *hints;
    struct slots *slots;
    struct watchdog watchdog;
    struct number_range workers; /* as the configuration, or the operator, will have it */
    size_t target;               /* how many there should be while it runs */
    int64_t judge_ns;            /* when the watchdog wants to look again */
    int64_t grow_ns;             /* when growth does; WATCHDOG_NEVER: once a worker asks */
    int64_t full_ns;             /* since when all of the most workers are busy; 0: not so */
    int64_t stop_due_ns;         /* when a graceful stop becomes a fast one */
    bool announced;              /* the ready line is out */
    bool fork_fails;
    struct totals totals; /* what it counted, but for its workers */
    struct totals told;   /* what a successor was told of that, and of them */
};

/* A pool for the pool of CONFIG, which has to outlive it. It shares the listener THERE, which is where
 * CONFIG says; NULL: it opens one, with PATIENCE_NS for an address in use. No worker yet. NULL with
 * FAILURE and nothing left behind. */
struct pool *pool_open(const struct pool_config *config, uint64_t generation,
                       struct listener *there, int64_t patience_ns, struct failure *failure);

/* Close and free it all. Its workers have ended, or never were. */
void pool_close(struct pool *pool);

/* Whether it has a listener that is open. */
static inline bool pool_listens(const struct pool *pool)
{
    return pool->listener != NULL && pool->listener->fd >= 0;
}

/* How many workers may be asked for: what CONFIG says of a pool that grows, up to four times as many
 * as it says of any other. */
struct number_range pool_worker_range(const struct pool_config *config);

/* What POOL counted, its workers included. */
struct totals pool_totals(const struct pool *pool, int64_t now_ns);

/* Send the signal NUMBER to all of POOL's workers. */
void pool_signal_workers(const struct pool *pool, int number);

/* How many of POOL's workers have a connection in hand, as they say. */
size_t pool_count_busy(const struct pool *pool);

/* Look at the queue of POOL, as accept_queue_look does, and remember its peak. */
int pool_look_at_queue(struct pool *pool, struct queue_depth *depth);

#endif
