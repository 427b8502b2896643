/*
 * state: see state.h.
 */
#include "server/state.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/figures.h"
#include "common/number.h"

enum { SUCCESSORS = 64 /* at once */, SCALE_FACTOR = 4 };

static const int signals[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD, SIGCONT};

static sigset_t signal_set(void)
{
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaddset(&set, signals[i]);
    return set;
}

void state_block_signals(void)
{
    sigset_t set = signal_set();

    sigprocmask(SIG_SETMASK, &set, NULL);
    /* Whatever our parent ignores: an ignored SIGCHLD would let the kernel reap our workers. */
    for (int number = 1; number < NSIG; number++)
        signal(number, number == SIGPIPE ? SIG_IGN : SIG_DFL);
}

static int watch(const struct master *master, int fd, enum event_source source)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = state_event(source, 0)};

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

struct number_range state_worker_range(const struct pool_config *config)
{
    if (config->workers.min < config->workers.max)
        return config->workers;
    return (struct number_range){1, config->workers.max * SCALE_FACTOR};
}

/* Beside as many workers as the operator may ever ask for, successors of those that have served
 * their number. What nobody uses is address space and nothing else. */
static size_t count_slots(const struct pool_config *config)
{
    size_t workers = (size_t)state_worker_range(config).max;

    if (config->max_connections_per_worker == NUMBER_UNLIMITED)
        return workers;
    return workers + (workers < SUCCESSORS ? workers : SUCCESSORS);
}

static int open_scoreboard(struct master *master, struct failure *failure)
{
    size_t count = master->config->pool_count;
    size_t *workers = calloc(count, sizeof(*workers));

    if (workers == NULL)
        return fail(failure, STATUS_SYSTEM, "cannot make the scoreboard: %s", strerror(errno));
    for (size_t i = 0; i < count; i++)
        workers[i] = count_slots(&master->config->pools[i]);
    master->stations = calloc(count, sizeof(*master->stations));
    master->board = scoreboard_create(workers, count);
    free(workers);
    if (master->stations == NULL)
        return fail(failure, STATUS_SYSTEM, "cannot make the scoreboard: %s", strerror(errno));
    for (size_t i = 0; i < count; i++)
        master->stations[i].listener = (struct listener){.fd = -1, .file = {.lock_fd = -1}};
    if (master->board == NULL)
        return fail(failure, STATUS_SYSTEM, "cannot map the scoreboard: %s", strerror(errno));
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
    station->workers = config->workers;
    station->target = (size_t)config->workers.min;
    station->queue_peak = FIGURE_UNKNOWN;
    station->grow_ns = 0;
    station->pool = pool_create(count_slots(config));
    if (config->type == SOCK_DGRAM && station->service->datagram == NULL)
        return fail(failure, STATUS_CONFIG, "pool %s: service '%s' has no datagrams", config->name,
                    config->service);
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
    for (size_t i = 0; i < master->config->pool_count; i++) {
        if (open_station(master, i, failure) < 0)
            return -1;
    }
    return 0;
}

int state_open(struct master *master, const struct config *config, int ready_fd,
               struct failure *failure)
{
    *master = (struct master){.config = config,
                              .log_due_ns = WATCHDOG_NEVER,
                              .epoll_fd = -1,
                              .signal_fd = -1,
                              .wake_fd = -1,
                              .lifeline_read_fd = -1,
                              .lifeline_write_fd = -1,
                              .control = {.fd = -1, .file = {.lock_fd = -1}},
                              .ready_fd = ready_fd,
                              .pid = getpid(),
                              .started_ns = clock_coarse_ns()};
    if (logsink_open(&master->log, config->log, (enum log_level)config->log_level,
                     (enum log_format)config->log_format, failure) < 0)
        return -1;
    if (open_events(master, failure) == 0 && open_scoreboard(master, failure) == 0 &&
        open_stations(master, failure) == 0)
        return 0;
    state_close(master);
    return -1;
}

void state_close(struct master *master)
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

uint64_t state_event(enum event_source source, size_t place)
{
    return (uint64_t)place << 32 | source;
}

void state_signal_workers(const struct station *station, int number)
{
    for (size_t i = 0; i < station->pool->size; i++) {
        if (station->pool->slots[i].state != SLOT_FREE)
            kill(station->pool->slots[i].pid, number);
    }
}

size_t state_count_busy(const struct master *master, const struct station *station)
{
    size_t busy = 0;

    for (size_t i = 0; i < station->pool->size; i++) {
        if (station->pool->slots[i].state != SLOT_FREE &&
            atomic_load(&scoreboard_page(master->board, station->index, i)->connection) != 0)
            busy++;
    }
    return busy;
}

int state_look_at_queue(struct station *station, struct queue_depth *depth)
{
    if (station->config->type != SOCK_STREAM || station->listener.fd < 0 ||
        queue_look(station->listener.fd, &station->listener.endpoint, depth) < 0)
        return -1;
    if (depth->length > station->queue_peak)
        station->queue_peak = depth->length;
    return 0;
}
