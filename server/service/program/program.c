/*
 * program: the service that runs a program for each connection, which is the program's standard
 * input and output.
 *
 * The worker keeps the connection until the program has ended: then what the client sent and the
 * program left unread does not cost the client its answer, and a process that the program leaves
 * behind keeps no client waiting. Meanwhile the worker watches the program, its standard error, and
 * the deadlines.
 *
 * All signals are blocked from before the program starts until it has been reaped, but for the time
 * in ppoll(2). So the handler that cuts a connection runs either without a program, or with one
 * whose pid is its own.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/config/config.h"
#include "common/config/words.h"
#include "common/log.h"
#include "common/status.h"
#include "server/service/program/environment.h"
#include "server/service/program/error_lines.h"
#include "server/service/program/group.h"
#include "server/service/program/launch.h"
#include "server/service/program/traffic.h"
#include "server/service/service.h"

/* How long a killed program may take to end. */
#define KILLED_WITHIN_NS (500 * NS_PER_MS)

/* How often to look whether a group has ended, of which no event tells. */
#define GROUP_CHECK_NS (20 * NS_PER_MS)

static struct {
    const struct pool_config *config;
    char **words;
    struct error_lines errors;
    pid_t worker; /* this process */
    pid_t pid;    /* of the program that runs, or is not reaped yet; 0: there is none */
    sigset_t all, none;
} self;

static int program_begin(const struct pool_config *config)
{
    self.config = config;
    self.words = config_words(config->command);
    self.worker = getpid();
    sigfillset(&self.all);
    sigemptyset(&self.none);
    if (self.words == NULL || launch_begin() < 0 ||
        error_lines_open(&self.errors, config->name) < 0)
        return -1;
    return environment_begin(config->environment);
}

/* Send NUMBER to the program: to its group, and to the program itself, which may have changed to
 * another group. */
static void signal_program(int number)
{
    kill(-self.pid, number);
    kill(self.pid, number);
}

/* Async-signal-safe. The program ends the connection; without one, it is lingering. */
static void program_cut(int fd)
{
    if (self.pid > 0)
        signal_program(SIGTERM);
    else
        shutdown(fd, SHUT_RDWR);
}

/* A program that runs, and its deadlines. */
struct run {
    struct connection *connection;
    const struct connection_ops *ops;
    int stream_fd;
    int64_t began_ns;
    bool is_ending;     /* it was asked to end */
    bool has_ended;     /* it is to be reaped; its group is waited for */
    int64_t idle_ns;    /* when to look whether a byte has moved */
    int64_t kill_ns;    /* when it is killed, if it is ending */
    int64_t give_up_ns; /* when it should have ended of that */
};

static int64_t after(int64_t since_ns, int64_t limit_ns)
{
    return limit_ns == NUMBER_UNLIMITED ? NEVER_NS : since_ns + limit_ns;
}

/* Returns when the connection will have been idle for too long; NEVER_NS where only the kernel sees
 * its bytes and does not tell of them. The time in the accept queue does not count. */
static int64_t next_idle_ns(const struct run *run, int64_t now_ns)
{
    int64_t idle_ns = traffic_idle_ns(run->stream_fd);

    return idle_ns < 0 ? NEVER_NS
                       : after(clock_later_ns(now_ns - idle_ns, run->began_ns),
                               self.config->idle_timeout_ns);
}

/* A program that cannot be killed, as one that has another user's rights, keeps neither the client
 * nor the worker: the master forks another one. */
static _Noreturn void give_up(const struct run *run)
{
    warnx("program %d (pool %s) does not end although it was killed: its worker leaves it",
          (int)self.pid, self.config->name);
    shutdown(run->stream_fd, SHUT_RDWR);
    _exit(STATUS_OK);
}

/* Act on the deadlines that are over. */
static void check_deadlines(struct run *run)
{
    int64_t now_ns = clock_now_ns();

    if (now_ns >= run->idle_ns) {
        run->idle_ns = next_idle_ns(run, now_ns);
        if (now_ns >= run->idle_ns)
            run->ops->time_out(run->connection);
    }
    if (run->ops->descriptor(run->connection) < 0 && !run->is_ending) {
        run->is_ending = true;
        run->idle_ns = NEVER_NS;
        run->kill_ns = now_ns + self.config->kill_after_ns;
    }
    if (now_ns >= run->kill_ns) {
        run->kill_ns = NEVER_NS;
        run->give_up_ns = now_ns + KILLED_WITHIN_NS;
        signal_program(SIGKILL);
    }
    if (now_ns >= run->give_up_ns && !run->has_ended)
        give_up(run);
}

static struct timespec time_until(int64_t when_ns)
{
    int64_t left_ns = clock_later_ns(0, when_ns - clock_now_ns());

    return (struct timespec){.tv_sec = left_ns / NS_PER_S, .tv_nsec = left_ns % NS_PER_S};
}

/* Sleep until one of FDS is ready, a signal has been handled, or a deadline is over. */
static void sleep_for(const struct run *run, struct pollfd fds[2])
{
    int64_t next_ns = clock_earlier_ns(clock_earlier_ns(run->idle_ns, run->kill_ns),
                                       clock_earlier_ns(run->give_up_ns, NEVER_NS));
    struct timespec left;

    if (run->has_ended)
        next_ns = clock_earlier_ns(next_ns, clock_now_ns() + GROUP_CHECK_NS);
    left = time_until(next_ns);
    if (ppoll(fds, 2, next_ns == NEVER_NS ? NULL : &left, &self.none) < 0)
        fds[0].revents = fds[1].revents = 0;
}

/* Returns whether there is nothing more to wait for. When a program ends that was asked to, the
 * others of its group were asked as well, and have until kill_after. It is not reaped before they
 * have ended: its pid is their group's, and no other's as long as it is a zombie. */
static bool is_over(const struct run *run)
{
    return run->has_ended &&
           (!run->is_ending || run->give_up_ns != NEVER_NS || !group_lives(self.pid));
}

/* Wait until the program has ended, which leaves it to be reaped. */
static void await(struct run *run, int pid_fd)
{
    struct pollfd fds[] = {{.fd = pid_fd, .events = POLLIN},
                           {.fd = self.errors.read_fd, .events = POLLIN}};

    while (!is_over(run)) {
        sleep_for(run, fds);
        if (fds[1].revents != 0)
            error_lines_relay(&self.errors, self.pid);
        if (fds[0].revents != 0) {
            run->has_ended = true;
            fds[0].fd = -1; /* it stays readable */
        }
        check_deadlines(run);
    }
    error_lines_finish(&self.errors, self.pid);
}

/* Reap the program. Returns how it ended. */
static enum program_outcome reap(int stream_fd)
{
    bool has_gone = traffic_was_reset(stream_fd);
    int status;

    while (waitpid(self.pid, &status, 0) < 0 && errno == EINTR)
        ;
    self.pid = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return PROGRAM_OK;
    if (has_gone || (WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE))
        return PROGRAM_GONE;
    return WIFSIGNALED(status) ? PROGRAM_SIGNALLED : PROGRAM_FAILED;
}

/* Run the program. Returns how it ended. */
static enum program_outcome run_program(struct run *run)
{
    socklen_t length, own_length = 0;
    const union endpoint_address *own = run->ops->own(run->connection, &own_length);
    const struct launch launch = {
        .words = self.words,
        .environment = environment_of(run->stream_fd, own, own_length,
                                      run->ops->peer(run->connection, &length)),
        .directory = self.config->directory,
        .input_fd = run->stream_fd,
        .output_fd = run->stream_fd,
        .error_fd = self.errors.write_fd,
        .listener_fd = -1,
        .death_signal = SIGKILL,
        .parent = self.worker,
    };
    const char *what;
    enum program_outcome outcome;
    int pid_fd;
    pid_t pid = launch_program(&launch, &pid_fd, &what);

    if (pid < 0) {
        int cause = errno;

        if (run->ops->may_complain(run->connection))
            log_line(LOG_ERROR, "pool %s: cannot start %s: cannot %s: %s", self.config->name,
                     self.words[0], what, strerror(cause));
        return PROGRAM_UNSTARTED;
    }
    self.pid = pid;
    run->ops->executed(run->connection);
    run->idle_ns = next_idle_ns(run, run->began_ns);
    await(run, pid_fd);
    outcome = reap(run->stream_fd);
    close(pid_fd);
    return outcome;
}

static void program_stream(struct connection *connection, const struct connection_ops *ops)
{
    struct run run = {
        .connection = connection,
        .ops = ops,
        .began_ns = clock_now_ns(),
        .idle_ns = NEVER_NS,
        .kill_ns = NEVER_NS,
        .give_up_ns = NEVER_NS,
    };
    enum program_outcome outcome = PROGRAM_UNSTARTED;
    struct traffic traffic = {0, 0};

    sigprocmask(SIG_SETMASK, &self.all, NULL);
    run.stream_fd = ops->descriptor(connection);
    if (run.stream_fd >= 0) {
        outcome = run_program(&run);
        traffic = traffic_count(run.stream_fd);
        shutdown(run.stream_fd, ops->descriptor(connection) < 0 ? SHUT_RDWR : SHUT_WR);
    }
    sigprocmask(SIG_SETMASK, &self.none, NULL);
    ops->finish(connection, outcome, traffic.bytes_in, traffic.bytes_out);
}

const struct service service_program = {
    .name = "program",
    .begin = program_begin,
    .stream = program_stream,
    .cut = program_cut,
};
