/*
 * launcher: see launcher.h.
 */
#include "server/upgrade/launcher.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/descriptors.h"
#include "common/process_title.h"

enum { KILL_ATTEMPTS = 3 };

/* How long the master waits for each answer, and for a killed launcher: its workers, its clients
 * and its watchdog wait meanwhile. */
static const struct timeval answer_within = {.tv_sec = 1};
#define ENDED_WITHIN_NS (100 * NS_PER_MS)

/* What a process of this file has to do. */
struct task {
    pid_t master;
    int fd; /* the launcher's end of the channel to the master */
    launcher_become *become;
    const void *context;
};

/* In the successor's process, a child of LAUNCHER: wait until the master knows the pid. A master
 * that could not learn it could not end this process either, which would take the end of its
 * channel for the master's. Until then it dies with the launcher: both hold this end of the
 * master's channel. */
static _Noreturn void become_successor(const struct task *task, pid_t launcher)
{
    char permission;
    ssize_t got;

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != launcher)
        _exit(EXIT_FAILURE);
    do
        got = recv(task->fd, &permission, sizeof(permission), 0);
    while (got < 0 && errno == EINTR);
    if (got == sizeof(permission) && prctl(PR_SET_PDEATHSIG, 0) == 0 &&
        send(task->fd, &permission, sizeof(permission), MSG_NOSIGNAL) == sizeof(permission))
        task->become(task->context);
    _exit(EXIT_FAILURE);
}

/* End as the process of which waitpid(2) reported STATUS. It has left its core file already. */
static _Noreturn void end_as(int status)
{
    static const struct rlimit no_core = {0, 0};
    sigset_t set;

    if (WIFSIGNALED(status)) {
        setrlimit(RLIMIT_CORE, &no_core);
        signal(WTERMSIG(status), SIG_DFL);
        sigemptyset(&set);
        sigaddset(&set, WTERMSIG(status));
        sigprocmask(SIG_UNBLOCK, &set, NULL);
        kill(getpid(), WTERMSIG(status));
    }
    _exit(WEXITSTATUS(status));
}

/* Be the launcher. It keeps no descriptor of the master's, which would keep addresses in use, and
 * dies with the master, so that the successor is an orphan at once. */
static _Noreturn void launch(const struct task *task)
{
    pid_t launcher, successor;
    int status = 0;

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != task->master)
        _exit(EXIT_FAILURE);
    launcher = getpid();
    successor = fork();
    if (successor == 0)
        become_successor(task, launcher);
    if (successor < 0)
        successor = -errno;
    descriptors_close_others(&task->fd, 1);
    /* The end of this process is that of the successor, which waits, and then the master reads the
     * end of file. */
    if (send(task->fd, &successor, sizeof(successor), MSG_NOSIGNAL) < 0 || successor < 0)
        _exit(EXIT_FAILURE);
    process_title_set("preforkd: waits for process %d", (int)successor);
    while (waitpid(successor, &status, 0) < 0 && errno == EINTR)
        ;
    end_as(status);
}

/* Read SIZE bytes of one message. Returns 0, or -1 with errno: ECHILD where launcher and successor
 * have ended, ETIMEDOUT where they are stopped, or starved. */
static int read_answer(int fd, void *answer, size_t size)
{
    ssize_t got;

    do
        got = recv(fd, answer, size, 0);
    while (got < 0 && errno == EINTR);
    if (got >= 0 && (size_t)got != size)
        errno = ECHILD;
    else if (got < 0 && errno == EAGAIN)
        errno = ETIMEDOUT;
    return got >= 0 && (size_t)got == size ? 0 : -1;
}

/* Read from FD which process the launcher has started, and let that go on. It answers once it no
 * longer dies with the launcher, and so with this master: what is logged of it holds from then on.
 * Returns its pid; or -1 with errno, and it has ended or will end. */
static pid_t let_go(int fd)
{
    pid_t successor;
    char answer;

    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &answer_within, sizeof(answer_within)) < 0 ||
        read_answer(fd, &successor, sizeof(successor)) < 0)
        return -1;
    if (successor < 0) {
        errno = -successor;
        return -1;
    }
    if (send(fd, "", 1, MSG_NOSIGNAL) == 1 && read_answer(fd, &answer, sizeof(answer)) == 0)
        return successor;
    kill(successor, SIGKILL);
    return -1;
}

pid_t launcher_start(pid_t *launcher, launcher_become *become, const void *context)
{
    struct task task = {.master = getpid(), .become = become, .context = context};
    pid_t successor = -1;
    int ends[2], cause;

    *launcher = 0;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return -1;
    task.fd = ends[1];
    *launcher = fork();
    if (*launcher == 0) {
        close(ends[0]);
        launch(&task);
    }
    close(ends[1]);
    if (*launcher > 0)
        successor = let_go(ends[0]);
    cause = errno;
    close(ends[0]);
    if (successor < 0) {
        launcher_end(*launcher);
        *launcher = 0;
    }
    errno = cause;
    return successor;
}

/* Reap PID, which was killed. One that does not end soon is left to the loop, which reaps all. */
static void reap(pid_t pid)
{
    int64_t until_ns = clock_now_ns() + ENDED_WITHIN_NS;

    while (waitpid(pid, NULL, WNOHANG) == 0 && clock_now_ns() < until_ns)
        poll(NULL, 0, 1);
}

void launcher_end(pid_t launcher)
{
    int result = launcher <= 0 ? -1 : kill(launcher, SIGKILL);

    for (int attempt = 1; launcher > 0 && result < 0 && attempt < KILL_ATTEMPTS; attempt++)
        result = kill(launcher, SIGKILL);
    if (result == 0) /* else it lives, and ends with its successor */
        reap(launcher);
}
