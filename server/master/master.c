/*
 * master: see master.h.
 */
#include "server/master/master.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "server/master/generations.h"
#include "server/master/stop.h"
#include "server/net/socket_activation.h"
#include "server/worker/worker.h"

#define SEARCH_AFTER_NS (100 * NS_PER_MS)

static int open_log(struct master *master, struct failure *failure)
{
    const struct config *config = master->config;

    return log_sink_open(&master->log, config->log, (enum log_level)config->log_level,
                         (enum log_format)config->log_format, failure);
}

/* Open all but the log. Returns 0, or -1 with FAILURE and something to close. */
static int open_pools(struct master *master, struct failure *failure)
{
    int64_t patience_ns = master->role == ROLE_IN_CHARGE ? LISTENER_PATIENCE_NS : 0;

    service_manager_open(&master->manager);
    master->host.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (master->host.wake_fd < 0)
        return fail(failure, STATUS_SYSTEM, "cannot make an eventfd: %s", strerror(errno));
    if (generations_open(master, master->config, master->generation, patience_ns, failure) < 0)
        return -1;
    if (master->role != ROLE_IN_CHARGE)
        return 0;
    generations_adjust_listeners(master); /* a service manager gave them its own options */
    socket_activation_report_unused(master->inherited);
    inherited_close(master->inherited);
    return 0;
}

int master_open(struct master *master, struct config *config, const struct master_start *start,
                struct failure *failure)
{
    *master = (struct master){.source = start->source,
                              .config = config,
                              .generation = start->generation,
                              .role = start->role,
                              .reload = {.generation = start->generation},
                              .inherited = start->inherited,
                              .manager = {.fd = -1},
                              .host = {.pid = getpid(), .wake_fd = -1, .log = &master->log},
                              .started_ns = clock_coarse_ns(),
                              .search_ns = NEVER_NS,
                              .ready_fd = start->ready_fd};
    if (open_log(master, failure) < 0) {
        config_free(config);
        return -1;
    }
    if (open_pools(master, failure) == 0)
        return 0;
    master_close(master);
    return -1;
}

void master_close(struct master *master)
{
    while (master->pools != NULL)
        generations_remove(master, master->pools);
    if (master->host.wake_fd >= 0)
        close(master->host.wake_fd);
    service_manager_close(&master->manager);
    log_sink_close(&master->log);
    config_free(master->config);
    completion_forget(&master->reload.completion);
}

/* Have the idle workers try accept(), when that is due. Returns when it will be. */
static int64_t search_queues(struct master *master, int64_t now_ns)
{
    if (now_ns < master->search_ns)
        return master->search_ns;
    master->search_ns = NEVER_NS;
    for_each_pool (pool, master)
        pool_signal_workers(pool, SIGNAL_CLOSE_LISTENER);
    return NEVER_NS;
}

bool master_is_ready(const struct master *master)
{
    for_each_pool (pool, master) {
        if (pool->phase == PHASE_RUNNING && !pool->announced)
            return false;
    }
    return true;
}

static void write_ready_fd(struct master *master)
{
    if (master->ready_fd < 0)
        return;
    if (write(master->ready_fd, "\n", 1) != 1)
        warn("cannot write to --ready-fd %d", master->ready_fd);
    close(master->ready_fd);
    master->ready_fd = -1;
}

/* Report that all workers accept: by --ready-fd, once, and to the service manager after the start and after
 * each reload, whatever became of it. */
static void report_ready(struct master *master)
{
    size_t workers = 0;

    if (!master_is_ready(master))
        return;
    write_ready_fd(master);
    if (master->manager.is_reported || master->phase != PHASE_RUNNING ||
        master->role != ROLE_IN_CHARGE || master->change == CHANGE_RELOAD)
        return;
    for_each_pool_in_force (pool, master)
        workers += pool->slots->ready;
    service_manager_ready(&master->manager, master->config->pool_count, workers);
}

void master_note_lost_lines(struct master *master)
{
    for_each_pool (pool, master) {
        _Atomic uint64_t *lost = &pool->hints->log_lines_dropped;

        if (atomic_load(lost) != 0)
            log_sink_note_dropped(&master->log, atomic_exchange(lost, 0));
    }
}

int64_t master_continue(struct master *master, int64_t now_ns)
{
    int64_t due_ns;

    if (master->role == ROLE_REPLACED && master->phase == PHASE_RUNNING)
        stop_begin(master, now_ns);
    due_ns = master->phase == PHASE_RUNNING ? reload_continue(master, now_ns)
                                            : stop_continue(master, now_ns);
    due_ns = clock_earlier_ns(due_ns, generations_continue(master, now_ns));
    for_each_pool (pool, master)
        due_ns = clock_earlier_ns(due_ns, pool_continue(pool, now_ns));
    report_ready(master);
    master_note_lost_lines(master);
    due_ns = clock_earlier_ns(due_ns, search_queues(master, now_ns));
    return clock_earlier_ns(due_ns, service_manager_alive(&master->manager, now_ns));
}

void master_read_wakeup(struct master *master, int64_t now_ns)
{
    for_each_pool (pool, master)
        pool_read_wakeup(pool, now_ns);
}

void master_excuse_absence(struct master *master, int64_t now_ns)
{
    for_each_pool (pool, master)
        pool_excuse_absence(pool, now_ns);
}

void master_search_queues(struct master *master, int64_t now_ns)
{
    master->search_ns = now_ns + SEARCH_AFTER_NS;
}

size_t master_count_busy(const struct master *master)
{
    size_t busy = 0;

    for_each_pool (pool, master)
        busy += pool_count_busy(pool);
    return busy;
}

struct pool *master_pool_at(const struct master *master, size_t index)
{
    for_each_pool (pool, master) {
        if (index-- == 0)
            return pool;
    }
    return NULL;
}

struct pool *master_find_pool(const struct master *master, const char *name)
{
    for_each_pool_in_force (pool, master) {
        if (strcmp(pool->config->name, name) == 0)
            return pool;
    }
    return NULL;
}

struct pool *master_find_worker(const struct master *master, pid_t pid, size_t *slot)
{
    for_each_pool (pool, master) {
        *slot = slots_find(pool->slots, pid);
        if (*slot < pool->slots->size)
            return pool;
    }
    return NULL;
}
