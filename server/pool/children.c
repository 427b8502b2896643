/*
 * children: see children.h.
 */
#include "server/pool/children.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "server/event.h"
#include "server/worker/worker.h"

enum { SPAWN_BATCH = 256 }; /* then the master looks at its other events */

#define FORK_RETRY_NS (250 * NS_PER_MS)

/* Leave the worker of POOL its own page of the scoreboards, and the hints of POOL. */
static void unmap_others(const struct master *master, const struct pool *own, size_t slot)
{
    for (const struct pool *pool = master->pools; pool != NULL; pool = pool->next) {
        if (pool != own)
            scoreboard_unmap(pool->board);
    }
    scoreboard_keep_page(own->board, slot);
}

static _Noreturn void become_worker(const struct master *master, const struct pool *pool,
                                    size_t slot)
{
    const struct worker_job job = {
        .config = pool->config,
        .service = pool->service,
        .page = scoreboard_page(pool->board, slot),
        .hints = pool->hints,
        .slot = slot,
        .listener_fd = pool->listener->fd,
        .port = endpoint_port(&pool->listener->endpoint),
        .any_address = endpoint_is_any(&pool->listener->endpoint),
        .lifeline_fd = pool->lifeline_read_fd,
        .wake_fd = master->wake_fd,
        .log = {.fd = master->log.pipe_write_fd,
                .level = master->log.level,
                .format = master->log.format,
                .relayed = true},
        .stop_timeout_ns = master->config->stop_timeout_ns,
        .master = master->pid,
    };

    unmap_others(master, pool, slot);
    worker_run(&job);
}

/* 0, or -1 when there can be no more processes now. */
static int spawn_one(struct master *master, struct pool *pool, size_t slot, int64_t now_ns)
{
    pid_t pid;

    memset(scoreboard_page(pool->board, slot), 0, sizeof(struct worker_page));
    pid = fork();
    if (pid == 0)
        become_worker(master, pool, slot);
    if (pid < 0 && !pool->fork_fails)
        event_fork_failed(pool->config->name, errno);
    if (pid > 0 && pool->fork_fails)
        event_fork_works(pool->config->name);
    if (pool->fork_fails != (pid < 0))
        pool->fork_fails = pid < 0; /* a store would leave the worker a copy of the page */
    if (pid < 0)
        return -1;
    slots_started(pool->slots, slot, pid, now_ns);
    return 0;
}

/* How many workers there should be: during a stop one who is free, until the queue is drained. */
static size_t wanted(const struct pool *pool)
{
    size_t all = (size_t)pool->workers.max, busy;

    if (pool->phase == PHASE_RUNNING)
        return pool->target;
    if (pool->phase == PHASE_STOPPING_FAST || !pool_listens(pool))
        return 0;
    busy = pool_count_busy(pool);
    return busy < all ? busy + 1 : all;
}

int64_t children_spawn(struct master *master, struct pool *pool, int64_t now_ns)
{
    struct slots *slots = pool->slots;
    size_t target = wanted(pool), slot = 0;

    if (slots_staying(slots) >= target)
        return WATCHDOG_NEVER;
    if (now_ns < slots->retry_ns)
        return slots->retry_ns;
    for (int batch = 0; batch < SPAWN_BATCH && slots_staying(slots) < target; batch++) {
        slot = slots_free_slot(slots, slot);
        if (slot == slots->capacity)
            return WATCHDOG_NEVER; /* those who leave have it: their end is an event */
        if (spawn_one(master, pool, slot, now_ns) < 0) {
            slots->retry_ns = now_ns + FORK_RETRY_NS;
            pool_signal_workers(pool, SIGNAL_CLOSE_LISTENER); /* as in reap.c: look for callers */
            return slots->retry_ns;
        }
    }
    return slots_staying(slots) < target ? now_ns : WATCHDOG_NEVER;
}

void children_note_ready(struct master *master, struct pool *pool)
{
    struct slots *slots = pool->slots;

    if (slots->ready == slots_staying(slots))
        return;
    for (size_t i = 0; i < slots->size; i++) {
        const struct event_worker who = {pool->config->name, i, slots->at[i].pid};

        if (slots->at[i].state != SLOT_STARTING ||
            atomic_load(&scoreboard_page(pool->board, i)->ready) == 0)
            continue;
        slots_accepts(slots, i);
        event_worker_accepts(&who);
    }
    if (pool->announced || pool->phase != PHASE_RUNNING || slots->ready < (size_t)pool->workers.min)
        return;
    pool->announced = true;
    event_ready(pool->config->name, slots->ready, &pool->listener->endpoint,
                master->config->log == NULL);
}

void children_tell_ready(struct master *master)
{
    if (master->ready_fd < 0 || !master_all_announced(master))
        return;
    if (write(master->ready_fd, "\n", 1) != 1)
        warn("cannot write to --ready-fd %d", master->ready_fd);
    close(master->ready_fd);
    master->ready_fd = -1;
}
