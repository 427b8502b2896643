/*
 * server: see server.h.
 */
#include "server/server.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "server/control/client.h"
#include "server/control/control.h"
#include "server/event.h"
#include "server/log/relay.h"
#include "server/master/generations.h"
#include "server/master/master.h"
#include "server/master/pidfile.h"
#include "server/master/stop.h"
#include "server/pool/children.h"
#include "server/pool/reap.h"
#include "server/pool/recycle.h"
#include "server/pool/scaling.h"
#include "server/worker/worker.h"

/* So late after a timer the master must have been stopped or starved itself. */
#define ABSENCE_NS (500 * NS_PER_MS)

/* Nobody is to suffer for the time that the master was away. */
static void excuse_absence(struct master *master)
{
    int64_t now_ns = clock_coarse_ns();

    for (struct pool *pool = master->pools; pool != NULL; pool = pool->next) {
        watchdog_excuse(&pool->watchdog, now_ns);
        pool->judge_ns = now_ns;
    }
}

static void on_stop_signal(struct master *master)
{
    if (master->phase == PHASE_RUNNING)
        stop_begin(master, clock_coarse_ns());
    else if (master->upgrade.done && !master->upgrade.stop_asked)
        master->upgrade.stop_asked = true; /* it is what an upgrade has begun */
    else if (master->phase == PHASE_STOPPING && master->takeover->in_charge)
        stop_fast(master, "asked for a second time");
}

static void on_signal(struct master *master, int number)
{
    switch (number) {
    case SIGTERM:
    case SIGINT:
    case SIGQUIT:
        on_stop_signal(master);
        break;
    case SIGUSR1:
        log_sink_reopen(&master->log);
        break;
    case SIGCHLD:
        children_reap(master, clock_coarse_ns());
        break;
    case SIGCONT:
        excuse_absence(master);
        break;
    case SIGHUP:
        reload_ask(master, clock_coarse_ns());
        break;
    default: /* SIGUSR2 */
        upgrade_ask(master, clock_coarse_ns());
    }
}

static void on_signals(struct master *master)
{
    struct signalfd_siginfo info;

    while (read(master->signal_fd, &info, sizeof(info)) == sizeof(info))
        on_signal(master, (int)info.ssi_signo);
}

/* A worker accepts for the first time, or is the first to be busy. */
static void on_wake(struct master *master)
{
    int64_t now_ns = clock_coarse_ns();
    uint64_t count;

    if (read(master->wake_fd, &count, sizeof(count)) < 0)
        return;
    for (struct pool *pool = master->pools; pool != NULL; pool = pool->next) {
        children_note_ready(master, pool);
        scaling_recycle(pool);
        if (atomic_load(&pool->hints->asleep) == 0)
            pool->judge_ns = clock_earlier_ns(pool->judge_ns, now_ns);
    }
}

static void on_event(struct master *master, uint64_t event)
{
    switch ((enum event_source)(uint32_t)event) {
    case EVENT_SIGNAL:
        on_signals(master);
        break;
    case EVENT_WAKE:
        on_wake(master);
        break;
    case EVENT_LOG:
        log_relay_begin(master, clock_coarse_ns());
        break;
    case EVENT_CONTROL:
        control_accept(master);
        break;
    case EVENT_CLIENT:
        control_client_serve(master, event >> 32);
        break;
    case EVENT_SUCCESSOR:
        upgrade_listen(master, clock_coarse_ns());
        break;
    case EVENT_PREDECESSOR:
        takeover_listen(master, clock_coarse_ns());
        break;
    }
}

/* Until DUE_NS, in whole milliseconds upwards. */
static int timeout_ms(int64_t due_ns)
{
    int64_t left_ms = (due_ns - clock_coarse_ns() + NS_PER_MS - 1) / NS_PER_MS;

    if (due_ns == WATCHDOG_NEVER)
        return -1;
    return left_ms < 0 ? 0 : left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

static void wait_for_events(struct master *master, int64_t due_ns)
{
    struct epoll_event events[8];
    int count = epoll_wait(master->epoll_fd, events, 8, timeout_ms(due_ns));

    if (due_ns != WATCHDOG_NEVER && clock_coarse_ns() > due_ns + ABSENCE_NS)
        excuse_absence(master);
    for (int i = 0; i < count; i++)
        on_event(master, events[i].data.u64);
}

/* Do for POOL what is due at NOW_NS. When there will be more to do. */
static int64_t tend(struct master *master, struct pool *pool, int64_t now_ns)
{
    int64_t grow_ns = scaling_judge(pool, now_ns);
    int64_t spawn_ns = children_spawn(master, pool, now_ns);

    if (now_ns >= pool->judge_ns)
        pool->judge_ns = watchdog_judge(&pool->watchdog, now_ns);
    return clock_earlier_ns(clock_earlier_ns(grow_ns, spawn_ns), pool->judge_ns);
}

/* Tell the service manager that we serve, for the first time or AGAIN. */
static void tell_ready(struct master *master, bool again)
{
    size_t workers = 0;

    if (master->manager.fd < 0 || master->phase != PHASE_RUNNING || !master->takeover->in_charge ||
        master->manager.ready != again || !master_all_announced(master))
        return;
    for (const struct pool *pool = master->pools; pool != NULL; pool = pool->next)
        workers += pool->generation == master->generation ? pool->slots->ready : 0;
    service_manager_ready(&master->manager, master->config->pool_count, workers);
}

/* Tell those who asked for COMMAND how it ended, if it has. */
static bool tell(struct master *master, enum command_id command, struct completion *completion)
{
    char *why;
    bool ended = completion_take(completion, &why);

    if (ended)
        control_tell(master, command, why);
    free(why);
    return ended;
}

/* Idle workers look for callers whenever any signal wakes them. */
static int64_t search_callers(struct master *master, int64_t now_ns)
{
    if (now_ns < master->search_ns)
        return master->search_ns;
    master->search_ns = WATCHDOG_NEVER;
    for (struct pool *pool = master->pools; pool != NULL; pool = pool->next)
        pool_signal_workers(pool, SIGNAL_CLOSE_LISTENER);
    return WATCHDOG_NEVER;
}

/* What comes of an upgrade for the master as a whole, on either side of it. */
static void follow_upgrade(struct master *master, int64_t now_ns)
{
    bool replaced = master->upgrade.done;

    if (replaced && master->control.shared && master->control.fd >= 0)
        control_leave(master);
    if (replaced && master->phase == PHASE_RUNNING)
        stop_begin(master, now_ns);
    if (!replaced && master->control.shared && master->takeover->in_charge)
        control_take_over(master);
}

static void run(struct master *master)
{
    while (!stop_is_done(master)) {
        int64_t now_ns = clock_coarse_ns(), due_ns = upgrade_continue(master, now_ns);

        follow_upgrade(master, now_ns);
        due_ns = clock_earlier_ns(due_ns, master->phase == PHASE_RUNNING
                                              ? reload_continue(master, now_ns)
                                              : stop_continue(master, now_ns));
        if (tell(master, COMMAND_RELOAD, &master->reload.completion))
            tell_ready(master, true);
        tell(master, COMMAND_UPGRADE, &master->upgrade.completion);
        for (struct pool *pool = master->pools; pool != NULL; pool = pool->next)
            due_ns = clock_earlier_ns(due_ns, tend(master, pool, now_ns));
        children_tell_ready(master);
        takeover_continue(master);
        tell_ready(master, false);
        due_ns = clock_earlier_ns(due_ns, service_manager_alive(&master->manager, now_ns));
        due_ns = clock_earlier_ns(due_ns, search_callers(master, now_ns));
        due_ns = clock_earlier_ns(due_ns, control_tend(master, now_ns));
        due_ns = clock_earlier_ns(due_ns, log_relay_continue(master, now_ns));
        if (!stop_is_done(master))
            wait_for_events(master, due_ns);
    }
}

/* The last words; a listener that a fast stop left open is closed first, to be counted. */
static void conclude(struct master *master)
{
    upgrade_end_successor(&master->upgrade);
    for (struct pool *pool = master->pools; pool != NULL; pool = pool->next) {
        if (pool->listener == NULL)
            continue;
        pool->totals.refused += listener_close(pool->listener);
        listener_drop(pool->listener);
        pool->listener = NULL;
    }
    upgrade_finish(master);
    generations_bury_all(master);
    for (struct pool *pool = master->pools; pool != NULL; pool = pool->next)
        event_stopped(pool->config->name, &pool->totals);
}

/* Those who wait for the completion hear of it when another master could start. */
static void close_all(struct master *master)
{
    if (!master->upgrade.done)
        pidfile_remove(master->config->pid_file, master->pid);
    control_close(master);
    upgrade_close(&master->upgrade);
    master_close(master);
}

int server_run(struct config *config, struct server_start *start, struct failure *failure)
{
    struct master master;

    if (master_open(&master, config, start, failure) < 0)
        return -1;
    if (control_open(&master, failure) < 0 ||
        (master.takeover->in_charge && pidfile_write(config->pid_file, failure) < 0)) {
        close_all(&master);
        return -1;
    }
    run(&master);
    log_relay_end(&master);
    conclude(&master);
    close_all(&master);
    return 0;
}
