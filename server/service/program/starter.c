/*
 * starter: see starter.h.
 */
#include "server/service/program/starter.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/config/words.h"
#include "common/log.h"
#include "common/status.h"
#include "server/program/environment.h"
#include "server/program/error_lines.h"
#include "server/program/launch.h"

static struct {
    const struct pool_config *config;
    char **words;
    struct error_lines errors;
    pid_t worker;            /* this process */
    int ends_fd;             /* readable after SIGCHLD; -1: each program has a pidfd */
    sigset_t all, unhandled; /* signals: all of them, and those that are always blocked */
} self;

void starter_block_signals(void)
{
    sigprocmask(SIG_SETMASK, &self.all, NULL);
}

void starter_unblock_signals(void)
{
    sigprocmask(SIG_SETMASK, &self.unhandled, NULL);
}

int starter_begin(const struct pool_config *config)
{
    self.config = config;
    self.words = config_words(config->command);
    self.worker = getpid();
    self.ends_fd = -1;
    sigfillset(&self.all);
    sigemptyset(&self.unhandled);
    if (self.words == NULL || launch_begin() < 0 ||
        error_lines_open(&self.errors, config->name) < 0)
        return -1;
    return environment_begin(config->environment);
}

int starter_start(const struct starter_ends *ends, char *const *environment,
                  struct process *process, const char **what)
{
    const struct launch launch = {
        .words = self.words,
        .environment = environment,
        .directory = self.config->directory,
        .limits = self.config,
        .input_fd = ends->input_fd,
        .output_fd = ends->output_fd,
        .error_fd = ends->error_fd,
        .listener_fd = -1,
        .kept_fd = -1,
        .death_signal = SIGKILL,
        .parent = self.worker,
    };
    int pid_fd = -1;
    pid_t pid = launch_program(&launch, self.ends_fd < 0 ? &pid_fd : NULL, what);

    if (pid < 0)
        return -1;
    *process = process_started(pid, pid_fd);
    return 0;
}

int starter_watch_ends(void)
{
    sigaddset(&self.unhandled, SIGCHLD);
    starter_unblock_signals();
    self.ends_fd = signalfd(-1, &self.unhandled, SFD_CLOEXEC | SFD_NONBLOCK);
    return self.ends_fd < 0 ? -1 : 0;
}

int starter_ends_descriptor(void)
{
    return self.ends_fd;
}

/* What the signal says is not the answer: it may be of a program that could not be executed, or of
 * one that was stopped, and a second signal is lost while one is pending. A program of which the
 * kernel cannot say whether it runs is no child any more. */
void starter_note_end(struct process *process)
{
    struct signalfd_siginfo signal;
    siginfo_t ended = {.si_pid = 0};

    if (read(self.ends_fd, &signal, sizeof(signal)) > 0 &&
        (waitid(P_PID, (id_t)process->pid, &ended, WEXITED | WNOHANG | WNOWAIT) < 0 ||
         ended.si_pid == process->pid))
        process->has_ended = true;
}

struct error_lines *starter_errors(void)
{
    return &self.errors;
}

const char *starter_program(void)
{
    return self.words[0];
}

void starter_complain(const struct connection *connection, const struct connection_ops *ops,
                      const char *what)
{
    int cause = errno;

    if (!ops->may_complain(connection))
        return;
    log_line(LOG_ERROR, "pool %s: cannot start %s: cannot %s: %s", self.config->name, self.words[0],
             what, strerror(cause));
}

_Noreturn void starter_abandon(const struct process *process, int stream_fd)
{
    warnx("program %d (pool %s) does not end although it was killed: its worker leaves it",
          (int)process->pid, self.config->name);
    if (stream_fd >= 0)
        shutdown(stream_fd, SHUT_RDWR);
    _exit(STATUS_OK);
}

static struct timespec time_until(int64_t when_ns)
{
    int64_t left_ns = clock_later_ns(0, when_ns - clock_now_ns());

    return (struct timespec){.tv_sec = left_ns / NS_PER_S, .tv_nsec = left_ns % NS_PER_S};
}

void starter_wait(struct pollfd *fds, size_t count, int64_t until_ns)
{
    struct timespec left = time_until(until_ns);

    if (ppoll(fds, count, until_ns == NEVER_NS ? NULL : &left, &self.unhandled) >= 0)
        return;
    for (size_t i = 0; i < count; i++)
        fds[i].revents = 0;
}
