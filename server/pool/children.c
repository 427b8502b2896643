/*
 * spawn: see spawn.h.
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

/* Close what is the master's: its events, and the listeners of the other pools. */
static void leave_master(const struct master *master, const struct station *own)
{
    for (const struct station *station = master->stations; station != NULL; station = station->next)
        station_disown(station, own);
    close(master->epoll_fd);
    close(master->signal_fd);
    if (master->notify.fd >= 0)
        close(master->notify.fd);
    if (master->ready_fd >= 0)
        close(master->ready_fd);
    control_disown(&master->control);
    upgrade_disown(&master->upgrade);
    succession_disown(master->succession);
    inheritance_disown(master->inheritance);
    logsink_enter_worker(&master->log);
}

static _Noreturn void become_worker(const struct master *master, const struct station *station,
                                    size_t slot)
{
    const struct worker_job job = {
        .config = station->config,
        .service = station->service,
        .page = scoreboard_page(station->board, slot),
        .hints = station->hints,
        .slot = slot,
        .listener_fd = station->listener->fd,
        .port = endpoint_port(&station->listener->endpoint),
        .any_address = endpoint_is_any(&station->listener->endpoint),
        .lifeline_fd = station->lifeline_read_fd,
        .wake_fd = master->wake_fd,
        .stop_timeout_ns = master->config->stop_timeout_ns,
        .master = master->pid,
    };

    leave_master(master, station);
    scoreboard_keep(station->board, slot);
    worker_run(&job);
}

/* 0, or -1 when there can be no more processes now. */
static int spawn_one(struct master *master, struct station *station, size_t slot, int64_t now_ns)
{
    pid_t pid;

    memset(scoreboard_page(station->board, slot), 0, sizeof(struct worker_page));
    pid = fork();
    if (pid == 0)
        become_worker(master, station, slot);
    if (pid < 0 && !station->fork_fails)
        event_fork_failed(station->config->name, errno);
    if (pid > 0 && station->fork_fails)
        event_fork_works(station->config->name);
    if (station->fork_fails != (pid < 0))
        station->fork_fails = pid < 0; /* a store would leave the worker a copy of the page */
    if (pid < 0)
        return -1;
    pool_started(station->pool, slot, pid, now_ns);
    return 0;
}

/* How many workers there should be: during a stop one who is free, until the queue is drained. */
static size_t wanted(const struct station *station)
{
    size_t all = (size_t)station->workers.max, busy;

    if (station->phase == PHASE_RUNNING)
        return station->target;
    if (station->phase == PHASE_STOPPING_FAST || !station_listens(station))
        return 0;
    busy = station_count_busy(station);
    return busy < all ? busy + 1 : all;
}

int64_t spawn_missing(struct master *master, struct station *station, int64_t now_ns)
{
    struct pool *pool = station->pool;
    size_t target = wanted(station), slot = 0;

    if (pool_staying(pool) >= target)
        return WATCHDOG_NEVER;
    if (now_ns < pool->retry_ns)
        return pool->retry_ns;
    for (int batch = 0; batch < SPAWN_BATCH && pool_staying(pool) < target; batch++) {
        slot = pool_free_slot(pool, slot);
        if (slot == pool->capacity)
            return WATCHDOG_NEVER; /* those who leave have it: their end is an event */
        if (spawn_one(master, station, slot, now_ns) < 0) {
            pool->retry_ns = now_ns + FORK_RETRY_NS;
            station_signal_workers(station, SIGNAL_LET_GO); /* as in reap.c: look for callers */
            return pool->retry_ns;
        }
    }
    return pool_staying(pool) < target ? now_ns : WATCHDOG_NEVER;
}

void spawn_note_ready(struct master *master, struct station *station)
{
    struct pool *pool = station->pool;

    if (pool->ready == pool_staying(pool))
        return;
    for (size_t i = 0; i < pool->size; i++) {
        const struct event_worker who = {station->config->name, i, pool->slots[i].pid};

        if (pool->slots[i].state != SLOT_STARTING ||
            atomic_load(&scoreboard_page(station->board, i)->ready) == 0)
            continue;
        pool_accepts(pool, i);
        event_worker_accepts(&who);
    }
    if (station->announced || station->phase != PHASE_RUNNING ||
        pool->ready < (size_t)station->workers.min)
        return;
    station->announced = true;
    event_ready(station->config->name, pool->ready, &station->listener->endpoint,
                master->config->log == NULL);
}

void spawn_tell_ready(struct master *master)
{
    if (master->ready_fd < 0 || !state_all_announced(master))
        return;
    if (write(master->ready_fd, "\n", 1) != 1)
        warn("cannot write to --ready-fd %d", master->ready_fd);
    close(master->ready_fd);
    master->ready_fd = -1;
}
