/*
 * master: see master.h.
 */
#include "server/master.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "server/event.h"
#include "server/pidfile.h"
#include "server/reap.h"
#include "server/spawn.h"
#include "server/state.h"
#include "server/stop.h"

/* So late after a timer the master must have been stopped or starved itself. */
#define ABSENCE_NS (500 * NS_PER_MS)

enum event_source { EVENT_SIGNAL, EVENT_WAKE, EVENT_LOG };

static const int signals[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD, SIGCONT};

static sigset_t signal_set(void)
{
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaddset(&set, signals[i]);
    return set;
}

void master_block_signals(void)
{
    sigset_t set = signal_set();

    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* --- start ------------------------------------------------------------------------------------ */

static int watch(const struct master *master, int fd, enum event_source source)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = source};

    return epoll_ctl(master->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static int open_events(struct master *master, struct failure *failure)
{
    sigset_t set = signal_set();
    int lifeline[2];

    if (pipe2(lifeline, O_CLOEXEC) < 0)
        return fail(failure, STATUS_SYSTEM, "cannot make the lifeline: %s", strerror(errno));
    master->lifeline_read_fd = lifeline[0];
    master->lifeline_write_fd = lifeline[1];
    if ((master->epoll_fd = epoll_create1(EPOLL_CLOEXEC)) < 0 ||
        (master->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0 ||
        (master->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0 ||
        watch(master, master->signal_fd, EVENT_SIGNAL) < 0 ||
        watch(master, master->wake_fd, EVENT_WAKE) < 0 ||
        watch(master, master->log.pipe_read_fd, EVENT_LOG) < 0)
        return fail(failure, STATUS_SYSTEM, "cannot watch events: %s", strerror(errno));
    return 0;
}

static int open_scoreboard(struct master *master, struct failure *failure)
{
    size_t count = master->config->pool_count;
    size_t *workers = calloc(count, sizeof(*workers));

    if (workers == NULL)
        return fail(failure, STATUS_SYSTEM, "cannot make the scoreboard: %s", strerror(errno));
    for (size_t i = 0; i < count; i++)
        workers[i] = (size_t)master->config->pools[i].workers;
    master->board = scoreboard_create(workers, count);
    free(workers);
    master->stations = calloc(count, sizeof(*master->stations));
    if (master->board == NULL || master->stations == NULL)
        return fail(failure, STATUS_SYSTEM, "cannot make the scoreboard: %s", strerror(errno));
    return 0;
}

static int open_station(struct master *master, size_t index, struct failure *failure)
{
    const struct pool_config *config = &master->config->pools[index];
    struct station *station = &master->stations[index];

    station->config = config;
    station->index = index;
    station->service = service_find(config->service);
    station->hints = scoreboard_hints(master->board, index);
    station->judge_ns = WATCHDOG_NEVER;
    station->pool = pool_create((size_t)config->workers);
    if (station->pool == NULL)
        return fail(failure, STATUS_SYSTEM, "cannot make pool %s: %s", config->name,
                    strerror(errno));
    station->watchdog = (struct watchdog){
        .config = config, .pool = station->pool, .board = master->board, .pool_index = index};
    return listener_open(&station->listener, config, station->service->client_speaks_first,
                         failure);
}

static int open_stations(struct master *master, struct failure *failure)
{
    for (size_t i = 0; i < master->config->pool_count; i++)
        master->stations[i].listener = (struct listener){.fd = -1, .file = {.lock_fd = -1}};
    for (size_t i = 0; i < master->config->pool_count; i++) {
        if (open_station(master, i, failure) < 0)
            return -1;
    }
    return 0;
}

static int start(struct master *master, struct failure *failure)
{
    if (logsink_open(&master->log, master->config->log, (enum log_level)master->config->log_level,
                     failure) < 0)
        return -1;
    if (open_events(master, failure) < 0 || open_scoreboard(master, failure) < 0 ||
        open_stations(master, failure) < 0)
        return -1;
    return pidfile_write(master->config->pid_file, failure);
}

/* --- events ----------------------------------------------------------------------------------- */

/* Nobody is to suffer for the time that the master was away. */
static void excuse_absence(struct master *master)
{
    int64_t now_ns = clock_coarse_ns();

    for (size_t i = 0; i < master->config->pool_count; i++) {
        watchdog_excuse(&master->stations[i].watchdog, now_ns);
        master->stations[i].judge_ns = now_ns;
    }
}

static void on_stop_signal(struct master *master)
{
    if (master->phase == PHASE_RUNNING)
        stop_begin(master, clock_coarse_ns());
    else if (master->phase == PHASE_STOPPING)
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
        logsink_reopen(&master->log);
        break;
    case SIGCHLD:
        reap_children(master, clock_coarse_ns());
        break;
    case SIGCONT:
        excuse_absence(master);
        break;
    default:
        warnx("%s is not supported yet, nothing changes", number == SIGHUP ? "SIGHUP" : "SIGUSR2");
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
    for (size_t i = 0; i < master->config->pool_count; i++) {
        spawn_note_ready(master, &master->stations[i]);
        if (atomic_load(&master->stations[i].hints->asleep) == 0)
            master->stations[i].judge_ns = sooner(master->stations[i].judge_ns, now_ns);
    }
}

static void on_event(struct master *master, enum event_source source)
{
    switch (source) {
    case EVENT_SIGNAL:
        on_signals(master);
        break;
    case EVENT_WAKE:
        on_wake(master);
        break;
    case EVENT_LOG:
        logsink_drain(&master->log);
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
        on_event(master, events[i].data.u32);
}

/* Do for STATION what is due at NOW_NS. When there will be more to do. */
static int64_t tend(struct master *master, struct station *station, int64_t now_ns)
{
    int64_t spawn_ns = spawn_missing(master, station, now_ns);

    if (now_ns >= station->judge_ns)
        station->judge_ns = watchdog_judge(&station->watchdog, now_ns);
    return sooner(spawn_ns, station->judge_ns);
}

static void run(struct master *master)
{
    while (!stop_is_done(master)) {
        int64_t now_ns = clock_coarse_ns(), due_ns = WATCHDOG_NEVER;

        if (master->phase != PHASE_RUNNING)
            due_ns = stop_continue(master, now_ns);
        for (size_t i = 0; i < master->config->pool_count; i++)
            due_ns = sooner(due_ns, tend(master, &master->stations[i], now_ns));
        if (!stop_is_done(master))
            wait_for_events(master, due_ns);
    }
}

/* --- end -------------------------------------------------------------------------------------- */

/* The last words of STATION; a listener that a fast stop left open is closed first, to be counted. */
static void conclude(struct station *station)
{
    station->refused += listener_close(&station->listener);
    event_stopped(station->config->name, &station->ended, station->cut, station->refused);
}

static void close_all(struct master *master)
{
    const int fds[] = {master->epoll_fd, master->signal_fd, master->wake_fd,
                       master->lifeline_read_fd, master->lifeline_write_fd};

    for (size_t i = 0; master->stations != NULL && i < master->config->pool_count; i++) {
        listener_release(&master->stations[i].listener);
        pool_destroy(master->stations[i].pool);
    }
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    scoreboard_destroy(master->board);
    free(master->stations);
    logsink_close(&master->log);
}

int master_run(const struct config *config, int ready_fd, struct failure *failure)
{
    struct master master = {.config = config,
                            .epoll_fd = -1,
                            .signal_fd = -1,
                            .wake_fd = -1,
                            .lifeline_read_fd = -1,
                            .lifeline_write_fd = -1,
                            .ready_fd = ready_fd,
                            .pid = getpid()};
    int result = start(&master, failure);

    if (result == 0) {
        run(&master);
        for (size_t i = 0; i < config->pool_count; i++)
            conclude(&master.stations[i]);
        pidfile_remove(config->pid_file);
    }
    close_all(&master);
    return result;
}
