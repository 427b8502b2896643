/*
 * lifecycle: see lifecycle.h.
 */
#include "server/master/lifecycle.h"

#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/master/claims/claims.h"
#include "server/master/claims/pidfile.h"
#include "server/master/generations.h"
#include "server/master/mend.h"
#include "server/master/stop.h"
#include "server/net/listener_open.h"
#include "server/net/socket_activation.h"
#include "server/pool/children.h"
#include "server/pool/upkeep.h"
#include "server/worker/privileges.h"

/* Open what the configuration claims, and put the log and the control socket in force. The pid file
 * stays a draft until pidfile_publish(). A failure leaves nothing behind. */
static MAY_FAIL open_claims(struct master *master, int64_t patience_ns, struct failure *failure)
{
    const struct claims_there there = {.inherited = master->inherited};
    const struct failed *failed;
    struct claims claims;

    log_sink_open(&master->log);
    failed = claims_open(&claims, there, master->config, patience_ns, failure);
    if (failed != NULL) {
        log_sink_close(&master->log);
        return failed;
    }
    claims_put_in_force(&claims, &master->log, &master->control, &master->readers);
    privileges_log_remarks(master->config);
    return NULL;
}

/* Open all but the claims. A failure leaves something to close. */
static MAY_FAIL open_pools(struct master *master, int64_t patience_ns, struct failure *failure)
{
    struct placement placement = {.config = NULL};
    const struct failed *failed;
    bool done;

    service_manager_open(&master->manager);
    failed = generations_open(master, master->config, master->generation, &placement, NEVER_NS,
                              patience_ns, &done, failure);
    if (failed != NULL || master->role != ROLE_IN_CHARGE)
        return failed;
    generations_adjust_listeners(master); /* a service manager gave them its own options */
    socket_activation_report_unused(master->inherited);
    inherited_close(master->inherited);
    return NULL;
}

MAY_FAIL lifecycle_open(struct master *master, struct config *config,
                        const struct master_start *start, struct failure *failure)
{
    int64_t patience_ns = start->role == ROLE_IN_CHARGE ? LISTENER_PATIENCE_NS : 0;
    const struct failed *failed;

    *master = (struct master){.source = start->source,
                              .config = config,
                              .generation = start->generation,
                              .role = start->role,
                              .stop_timeout_ns = config->stop_timeout_ns,
                              .reload = {.generation = start->generation},
                              .inherited = start->inherited,
                              .manager = {.fd = -1},
                              .host = {.pid = getpid(),
                                       .loop = start->loop,
                                       .on_wakeup = upkeep_on_wakeup,
                                       .log = &master->log,
                                       .relay = &master->relay,
                                       .pools = &master->pools},
                              .relay = {.sink = &master->log},
                              .started_ns = clock_coarse_ns(),
                              .search_ns = NEVER_NS,
                              .ready_fd = start->ready_fd};
    failed = open_claims(master, patience_ns, failure);
    if (failed != NULL) {
        config_free(config);
        return failed;
    }
    /* A predecessor may be about to close the listener of a generation that it has retired. */
    failed = open_pools(master, LISTENER_PATIENCE_NS, failure);
    if (failed != NULL)
        lifecycle_close(master);
    return failed;
}

void lifecycle_close(struct master *master)
{
    while (master->pools != NULL)
        generations_remove(master, master->pools);
    master_leave_control(master);
    access_table_destroy(master->readers);
    pidfile_discard(master->config->pid_file, master->host.pid);
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
        pool_ask_all(pool, REQUEST_ACCEPT);
    return NEVER_NS;
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

/* Report that all workers accept: by --ready-fd, once, and to the service manager after the start
 * and after each reload, whatever became of it. */
static void report_ready(struct master *master)
{
    size_t workers = 0;

    if (!master_is_ready(master))
        return;
    write_ready_fd(master);
    if (master->manager.is_reported || master->role != ROLE_IN_CHARGE ||
        master->change == CHANGE_RELOAD)
        return;
    for_each_pool_in_force (pool, master)
        workers += pool->slots->ready;
    service_manager_ready(&master->manager, master->config->pool_count, workers);
}

/* Fork the workers that are missing. The pools take turns: one that needs many, or often, delays
 * neither another one nor the control socket. Returns when to call again at the latest. */
static int64_t spawn_workers(struct master *master, int64_t now_ns)
{
    int64_t due_ns = NEVER_NS, until_ns = clock_now_ns() + MASTER_TURN_NS;
    bool is_first_part = master->spawn_from == 0;
    size_t index = 0;

    for_each_pool (pool, master) {
        if (index++ < master->spawn_from || reload_holds(master, pool))
            continue;
        due_ns = clock_earlier_ns(due_ns, children_spawn(pool, now_ns, until_ns));
        if (clock_now_ns() >= until_ns) {
            master->spawn_from = index;
            return now_ns;
        }
    }
    master->spawn_from = 0;
    return is_first_part ? due_ns : now_ns;
}

int64_t lifecycle_continue(struct master *master, int64_t now_ns)
{
    int64_t due_ns;

    if (master->role == ROLE_REPLACED && master->phase == PHASE_RUNNING)
        stop_begin(master, now_ns);
    due_ns = master->phase == PHASE_RUNNING ? reload_continue(master, now_ns)
                                            : stop_continue(master, now_ns);
    due_ns = clock_earlier_ns(due_ns, mend_continue(master, now_ns));
    due_ns = clock_earlier_ns(due_ns, generations_continue(master, now_ns));
    due_ns = clock_earlier_ns(due_ns, search_queues(master, now_ns));
    for_each_pool (pool, master)
        due_ns = clock_earlier_ns(due_ns, upkeep_continue(pool, now_ns));
    due_ns = clock_earlier_ns(due_ns, spawn_workers(master, now_ns));
    report_ready(master);
    master_note_lost_lines(master);
    return clock_earlier_ns(due_ns, service_manager_alive(&master->manager, now_ns));
}
