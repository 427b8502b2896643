/*
 * instance: see instance.h.
 *
 * Its end, max_age and its standard error are descriptors in an epoll of their own, which is the
 * one that the worker watches. One that has waited for max_age is sent TERM when its successor
 * waits, and ends beside that, as it may take until kill_after.
 */
#include "server/service/program/instance.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/status.h"
#include "server/program/environment.h"
#include "server/program/error_lines.h"
#include "server/program/group.h"
#include "server/service/program/error_pipes.h"
#include "server/service/program/starter.h"
#include "server/service/service.h"

/* So many instances in a row that lived for less than this before they had a client say that the
 * program does not wait for one. */
enum { DEATHS_MAX = 3 };
#define LIVES_NS (10 * NS_PER_S)

/* How often, and for how long, to look whether the first instance sleeps. */
enum { SETTLE_LOOK_MS = 2 };
#define SETTLE_NS NS_PER_S

static struct {
    const struct pool_config *config;
    int epoll_fd, timer_fd; /* -1: there is no max_age */
    bool has_settled;       /* an instance was seen to wait */
    unsigned int deaths;    /* in a row, before they had a client */
    struct instance waiting, leaving;
} self = {.epoll_fd = -1, .timer_fd = -1};

static bool exists(const struct instance *instance)
{
    return instance->process.pid > 0;
}

static int watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN};

    return epoll_ctl(self.epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

int instance_begin(const struct pool_config *config)
{
    bool has_age = config->max_age_ns != NUMBER_UNLIMITED;

    self.config = config;
    self.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (self.epoll_fd < 0 || error_pipes_begin(config->name, has_age, self.epoll_fd) < 0)
        return -1;
    if (!has_age)
        return 0;
    self.timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    return self.timer_fd < 0 ? -1 : watch(self.timer_fd);
}

int instance_descriptor(void)
{
    return self.epoll_fd;
}

/* Have an instance wait. Returns 0; or -1 with errno, and *WHAT is what failed. */
static int start(const char **what)
{
    struct instance *instance = &self.waiting;
    struct error_lines *errors =
        error_pipes_free(exists(&self.leaving) ? self.leaving.errors : NULL);
    struct starter_ends ends;
    int pair[2], result, cause;

    *what = "make a socket pair for it";
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    ends = (struct starter_ends){pair[1], pair[1], errors->write_fd};
    result = starter_start(&ends, environment_of_none(), &instance->process, what);
    cause = errno;
    close(pair[1]);
    if (result < 0) {
        close(pair[0]);
        errno = cause;
        return -1;
    }
    instance->stream_fd = pair[0];
    instance->began_ns = clock_now_ns();
    instance->max_age_ns =
        number_vary(self.config->max_age_ns, instance->began_ns, instance->process.pid);
    instance->errors = errors;
    error_pipes_assign(errors, instance->process.pid);
    watch(instance->process.pid_fd); /* failing that, its end is seen when a client comes */
    return 0;
}

/* Reap INSTANCE, which has ended. Returns its status. */
static int remove_instance(struct instance *instance)
{
    int status = process_reap(&instance->process);

    close(instance->stream_fd);
    return status;
}

static bool has_ended(const struct instance *instance)
{
    struct pollfd end = {.fd = instance->process.pid_fd, .events = POLLIN};

    return poll(&end, 1, 0) == 1;
}

/* Remove the instance that waits if it has ended. */
static void bury(const struct connection *connection, const struct connection_ops *ops)
{
    pid_t pid = self.waiting.process.pid;
    int64_t lived_ns = clock_now_ns() - self.waiting.began_ns;
    int status;

    if (!exists(&self.waiting) || !has_ended(&self.waiting))
        return;
    error_lines_finish(self.waiting.errors, pid);
    status = remove_instance(&self.waiting);
    self.deaths = lived_ns < LIVES_NS ? self.deaths + 1 : 0;
    if (ops->may_complain(connection))
        process_log_death(pid, self.config->name, status);
}

/* Leave if the program does not wait for input: the master starts no other worker for a while. */
static void judge_deaths(void)
{
    if (self.deaths < DEATHS_MAX)
        return;
    log_line(LOG_ERROR,
             "pool %s: %s does not wait for input: use start = call (%u in a row ended before they "
             "had a client)",
             self.config->name, starter_program(), self.deaths);
    _exit(STATUS_CONFIG);
}

static void send_term(struct instance *instance, int64_t now_ns)
{
    process_signal(instance->process.pid, SIGTERM);
    process_note_term(&instance->process, now_ns, self.config->kill_after_ns);
}

/* Look after INSTANCE, which was sent TERM, until it has ended. Its last words are logged. */
static void see_off(struct instance *instance, int64_t now_ns)
{
    struct process *process = &instance->process;

    if (!exists(instance))
        return;
    if (!process->has_ended && has_ended(instance)) {
        process->has_ended = true;
        epoll_ctl(self.epoll_fd, EPOLL_CTL_DEL, process->pid_fd, NULL); /* it stays readable */
    }
    if (process_outlives_kill(process, now_ns))
        starter_abandon(process, -1);
    if (process_is_over(process)) {
        error_lines_finish(instance->errors, process->pid);
        remove_instance(instance);
    }
}

/* Returns when the instance that waits has waited for its max_age; not before its predecessor has
 * ended. */
static int64_t expiry_ns(void)
{
    return self.config->max_age_ns == NUMBER_UNLIMITED || !exists(&self.waiting) ||
                   exists(&self.leaving)
               ? NEVER_NS
               : self.waiting.began_ns + self.waiting.max_age_ns;
}

static void expire(int64_t now_ns)
{
    if (now_ns < expiry_ns())
        return;
    send_term(&self.waiting, now_ns);
    self.leaving = self.waiting;
    self.waiting = (struct instance){0};
}

/* Returns when INSTANCE, which was sent TERM, has to be looked after again. */
static int64_t due_ns(const struct instance *instance, int64_t now_ns)
{
    return exists(instance) ? process_due_ns(&instance->process, now_ns) : NEVER_NS;
}

/* This also makes the timer unreadable. */
static void set_timer(int64_t now_ns)
{
    int64_t next_ns = clock_earlier_ns(expiry_ns(), due_ns(&self.leaving, now_ns));
    struct itimerspec when = {0};

    if (self.timer_fd < 0)
        return;
    if (next_ns != NEVER_NS)
        when.it_value =
            (struct timespec){.tv_sec = next_ns / NS_PER_S, .tv_nsec = next_ns % NS_PER_S};
    timerfd_settime(self.timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void keep(const struct connection *connection, const struct connection_ops *ops)
{
    int64_t now_ns = clock_now_ns();
    const char *what;

    starter_block_signals();
    bury(connection, ops);
    judge_deaths();
    error_pipes_relay(); /* before there is another instance */
    expire(now_ns);
    if (!exists(&self.waiting) && start(&what) < 0)
        starter_complain(connection, ops, what);
    see_off(&self.leaving, now_ns);
    set_timer(now_ns);
    starter_unblock_signals();
}

/* Wait until the first instance sleeps, in its first read most likely, or has ended: a program that
 * does not wait is found before the worker accepts, so that a reload which brings it is refused. */
static bool has_settled(void)
{
    int64_t until_ns = clock_now_ns() + SETTLE_NS;
    struct pollfd end = {.fd = self.waiting.process.pid_fd, .events = POLLIN};
    pid_t pid = self.waiting.process.pid;
    int ready = 0;

    if (self.has_settled || !exists(&self.waiting))
        return true;
    while (ready == 0 && clock_now_ns() < until_ns && !group_leader_sleeps(pid))
        ready = poll(&end, 1, SETTLE_LOOK_MS);
    self.has_settled = !has_ended(&self.waiting);
    return self.has_settled;
}

bool instance_keep(const struct connection *connection, const struct connection_ops *ops)
{
    do
        keep(connection, ops);
    while (!has_settled());
    return exists(&self.waiting);
}

int instance_take(const struct connection *connection, const struct connection_ops *ops,
                  struct instance *taken, const char **what)
{
    bury(connection, ops);
    if (!exists(&self.waiting) && start(what) < 0)
        return -1;
    *taken = self.waiting;
    self.waiting = (struct instance){0};
    self.deaths = 0;
    return 0;
}

int instance_leaving_descriptor(void)
{
    return exists(&self.leaving) ? self.leaving.errors->read_fd : -1;
}

int64_t instance_tend_leaving(int64_t now_ns)
{
    struct process *process = &self.leaving.process;

    if (!exists(&self.leaving))
        return NEVER_NS;
    error_lines_relay(self.leaving.errors, process->pid);
    process_outlives_kill(process, now_ns); /* if it does, instance_keep() leaves it */
    return process->kill_ns;
}

void instance_end(void)
{
    int64_t now_ns = clock_now_ns();

    starter_block_signals();
    if (exists(&self.waiting))
        send_term(&self.waiting, now_ns);
    for (;;) {
        struct pollfd event = {.fd = self.epoll_fd, .events = POLLIN};

        error_pipes_relay();
        see_off(&self.waiting, now_ns);
        see_off(&self.leaving, now_ns);
        if (!exists(&self.waiting) && !exists(&self.leaving))
            break;
        starter_wait(
            &event, 1,
            clock_earlier_ns(due_ns(&self.waiting, now_ns), due_ns(&self.leaving, now_ns)));
        now_ns = clock_now_ns();
    }
}
