/*
 * master: see master.h.
 */
#include "server/master/master.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/number.h"
#include "common/pool_stats.h"
#include "server/net/socket_activation.h"

#define SEARCH_AFTER_NS (100 * NS_PER_MS)

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

    sigprocmask(SIG_SETMASK, &set, NULL);
    /* Whatever our parent ignores: an ignored SIGCHLD would let the kernel reap our workers. */
    for (int number = 1; number < NSIG; number++)
        signal(number, number == SIGPIPE ? SIG_IGN : SIG_DFL);
}

int master_watch(const struct master *master, int fd, enum event_source source)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = master_event(source, 0)};

    return epoll_ctl(master->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

void master_unwatch(const struct master *master, int fd)
{
    epoll_ctl(master->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
    close(fd);
}

static int open_events(struct master *master, struct failure *failure)
{
    sigset_t set = signal_set();

    if ((master->epoll_fd = epoll_create1(EPOLL_CLOEXEC)) < 0 ||
        (master->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0 ||
        (master->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0 ||
        master_watch(master, master->signal_fd, EVENT_SIGNAL) < 0 ||
        master_watch(master, master->wake_fd, EVENT_WAKE) < 0 ||
        master_watch(master, master->log.pipe_read_fd, EVENT_LOG) < 0)
        return fail(failure, STATUS_SYSTEM, "cannot watch events: %s", strerror(errno));
    return master->takeover->channel_fd < 0
               ? 0
               : master_watch(master, master->takeover->channel_fd, EVENT_PREDECESSOR);
}

/* A pool for each pool, in the order of the configuration. */
static int open_stations(struct master *master, struct failure *failure)
{
    struct pool **end = &master->pools;
    int64_t patience_ns = master->takeover->in_charge ? LISTENER_PATIENCE_NS : 0;

    for (size_t i = 0; i < master->config->pool_count; i++) {
        const struct pool_config *config = &master->config->pools[i];

        *end = pool_open(config, master->generation, inherited_find(master->inherited, config),
                         patience_ns, failure);
        if (*end == NULL)
            return -1;
        (*end)->root = master->config;
        end = &(*end)->next;
    }
    return 0;
}

/* They are opened by another, and were given its options. */
static void take_handed_in(struct master *master)
{
    for (struct pool *pool = master->pools; pool != NULL; pool = pool->next) {
        if (pool->listener->handed_in)
            listener_adjust(pool->listener, pool->config, pool->service->client_speaks_first);
    }
    socket_activation_report_unused(master->inherited);
    inherited_close(master->inherited);
}

int master_open(struct master *master, struct config *config, struct server_start *start,
                struct failure *failure)
{
    *master = (struct master){.source = start->source,
                              .config = config,
                              .generation = start->takeover.generation + 1,
                              .reload = {.generation = start->takeover.generation + 1},
                              .command = &start->command,
                              .upgrade = {.channel_fd = -1, .state_fd = -1},
                              .takeover = &start->takeover,
                              .inherited = &start->inherited,
                              .search_ns = WATCHDOG_NEVER,
                              .log_due_ns = WATCHDOG_NEVER,
                              .epoll_fd = -1,
                              .signal_fd = -1,
                              .wake_fd = -1,
                              .control = {.fd = -1, .file = {.lock_fd = -1}},
                              .ready_fd = start->ready_fd,
                              .pid = getpid(),
                              .started_ns = clock_coarse_ns()};
    if (log_sink_open(&master->log, config->log, (enum log_level)config->log_level,
                      (enum log_format)config->log_format, failure) < 0) {
        config_free(config);
        return -1;
    }
    service_manager_open(&master->manager);
    if (open_events(master, failure) == 0 && open_stations(master, failure) == 0) {
        if (master->takeover->in_charge)
            take_handed_in(master);
        return 0;
    }
    master_close(master);
    return -1;
}

void master_close(struct master *master)
{
    const int fds[] = {master->epoll_fd, master->signal_fd, master->wake_fd};

    while (master->pools != NULL) {
        struct pool *pool = master->pools;

        master->pools = pool->next;
        pool_close(pool);
    }
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    service_manager_close(&master->manager);
    log_sink_close(&master->log);
    config_free(master->config);
    completion_forget(&master->reload.completion);
}

bool master_all_announced(const struct master *master)
{
    for (const struct pool *pool = master->pools; pool != NULL; pool = pool->next) {
        if (pool->phase == PHASE_RUNNING && !pool->announced)
            return false;
    }
    return true;
}

void master_search_queue(struct master *master, int64_t now_ns)
{
    master->search_ns = now_ns + SEARCH_AFTER_NS;
}

uint64_t master_event(enum event_source source, size_t place)
{
    return (uint64_t)place << 32 | source;
}

struct pool *master_pool_at(const struct master *master, size_t index)
{
    struct pool *pool = master->pools;

    while (pool != NULL && index-- > 0)
        pool = pool->next;
    return pool;
}

struct pool *master_find_pool(const struct master *master, const char *name)
{
    struct pool *pool = master->pools;

    while (pool != NULL &&
           (pool->generation != master->generation || strcmp(pool->config->name, name) != 0))
        pool = pool->next;
    return pool;
}
