/*
 * launch: see launch.h.
 *
 * The child runs in the memory of this process until it executes the program, and this process
 * waits for that (CLONE_VFORK, CLONE_VM): so it reports a failure by storing it. It has a stack of
 * its own, which vfork(2) would not give it. Measured against posix_spawn(3) and fork(2), this is
 * the fastest: DESIGN.md.
 */
#include "server/program/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/program/limits.h"

enum { STACK_SIZE = 64 * 1024, STATUS_NOT_STARTED = 127 };

/* What a child is started with, and the failure that it stores. */
struct birth {
    const struct launch *launch;
    const char *volatile what; /* NULL: the program runs */
    volatile int error;
};

/* The kernel's struct sigaction, which is all zero for the default action. The first word is the
 * handler, on a few architectures the flags, which are not 0 where there is a handler. */
struct action {
    unsigned long words[8];
};

/* Of this process. */
static struct {
    char *stack;
    int handled[NSIG]; /* the signals that are caught or ignored here */
    size_t handled_count;
} self;

/* As sigaction(2), which libc keeps from the signals that it uses itself: a process may have been
 * started with those ignored, too. */
static long set_action(int number, const struct action *set, struct action *get)
{
    return syscall(SYS_rt_sigaction, number, set, get, (NSIG - 1) / 8);
}

int launch_begin(void)
{
    struct action action = {{0}};

    self.handled_count = 0;
    for (int number = 1; number < NSIG; number++) {
        if (set_action(number, NULL, &action) == 0 && action.words[0] != 0)
            self.handled[self.handled_count++] = number;
    }
    self.stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    return self.stack == MAP_FAILED ? -1 : 0;
}

static void reset_signals(void)
{
    static const struct action standard;

    for (size_t i = 0; i < self.handled_count; i++)
        set_action(self.handled[i], &standard, NULL);
}

/* Make FD the program's descriptor NUMBER. */
static bool set_descriptor(int fd, int number)
{
    return dup2(fd, number) == number && fcntl(number, F_SETFD, 0) == 0;
}

/* Close all descriptors from FIRST on but KEPT: a process that hangs before the program runs, for a
 * file server that does not answer, holds no lock and no listener. */
static void close_others(unsigned int first, int kept)
{
    if (kept > (int)first)
        syscall(SYS_close_range, first, (unsigned int)kept - 1, 0);
    if (kept >= (int)first)
        first = (unsigned int)kept + 1;
    /* All are close-on-exec, from birth or since the master's start: a kernel before 5.9, which
     * does not know the call, closes them later. */
    syscall(SYS_close_range, first, UINT_MAX, 0);
}

/* Make the descriptors 0, 1 and 2 the program's, and 3 where it gets a listener, and keep all
 * others from it. What a program did to the flags of the pipe that is descriptor 2 does not reach
 * the next one. */
static bool set_descriptors(const struct launch *launch)
{
    unsigned int first = STDERR_FILENO + 1;

    if (dup2(launch->input_fd, STDIN_FILENO) < 0 || dup2(launch->output_fd, STDOUT_FILENO) < 0 ||
        dup2(launch->error_fd, STDERR_FILENO) < 0 || fcntl(STDERR_FILENO, F_SETFL, 0) < 0)
        return false;
    if (launch->listener_fd >= 0 && !set_descriptor(launch->listener_fd, (int)first++))
        return false;
    close_others(first, launch->kept_fd);
    return true;
}

/* Nothing here may write to memory that the process in whose memory the child runs uses later. Only
 * the leader of the group gets the signal at the parent's death. */
int launch_become(const struct launch *launch, const char **what)
{
    sigset_t none;

    reset_signals();
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, launch->death_signal);
    if (getppid() != launch->parent)
        _exit(STATUS_NOT_STARTED);
    if (!set_descriptors(launch)) {
        *what = "set its descriptors";
    } else if (chdir(launch->directory) < 0) {
        *what = "change to its directory";
    } else if (limits_set_for_program(launch->limits) < 0) {
        *what = "set its limits";
    } else {
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execve(launch->words[0], launch->words, launch->environment);
        *what = "execute it";
    }
    return -1;
}

/* Be the child, and never return. */
static int be_program(void *argument)
{
    struct birth *birth = argument;
    const char *what;

    launch_become(birth->launch, &what);
    birth->error = errno;
    birth->what = what;
    _exit(STATUS_NOT_STARTED);
}

static void reap(pid_t pid, const int *pid_fd)
{
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    if (pid_fd != NULL)
        close(*pid_fd);
}

pid_t launch_program(const struct launch *launch, int *pid_fd, const char **what)
{
    struct birth birth = {.launch = launch};
    int flags = CLONE_VM | CLONE_VFORK | SIGCHLD | (pid_fd == NULL ? 0 : CLONE_PIDFD);
    pid_t pid;

    *what = "make a process for it";
    pid = clone(be_program, self.stack + STACK_SIZE, flags, &birth, pid_fd);
    if (pid < 0 || birth.what == NULL)
        return pid;
    *what = birth.what;
    reap(pid, pid_fd);
    errno = birth.error;
    return -1;
}
