/*
 * launcher: see launcher.h.
 */
#include "server/upgrade/launcher.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/descriptors.h"
#include "common/process_title.h"
#include "server/upgrade/handover.h"
#include "server/upgrade/takeover.h"

enum { KILL_ATTEMPTS = 3 };

/* What a process of this file has to do. */
struct task {
    pid_t master;
    int fd; /* the successor's end of the channel to the master */
    launcher_become *become;
    const void *context;
};

/* Return whether this process may go on, as the master says in its first message to it: that may
 * also be to leave. */
static bool may_go_on(int fd)
{
    char message[sizeof(TAKEOVER_GO)];
    ssize_t got;

    do
        got = recv(fd, message, sizeof(message), 0);
    while (got < 0 && errno == EINTR);
    return got == sizeof(message) - 1 && memcmp(message, TAKEOVER_GO, (size_t)got) == 0;
}

/* In the successor's process, a child of LAUNCHER: wait until the master knows the pid. A master
 * that could not learn it could not end this process either, which would take the end of its
 * channel for the master's. Until then it dies with the launcher. */
static _Noreturn void become_successor(const struct task *task, pid_t launcher)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != launcher)
        _exit(EXIT_FAILURE);
    if (may_go_on(task->fd) && prctl(PR_SET_PDEATHSIG, 0) == 0 &&
        handover_send(task->fd, TAKEOVER_GOES) == 0)
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
    char text[128];
    int status = 0, sent;

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != task->master)
        _exit(EXIT_FAILURE);
    launcher = getpid();
    successor = fork();
    if (successor == 0)
        become_successor(task, launcher);
    if (successor < 0)
        snprintf(text, sizeof(text), TAKEOVER_FAILED "cannot start a successor: %s",
                 strerror(errno));
    else
        snprintf(text, sizeof(text), TAKEOVER_STARTED "%d", (int)successor);
    sent = handover_send(task->fd, text);
    descriptors_close_others(NULL, 0);
    /* The end of this process is that of the successor, which waits, and then the master reads the
     * end of file. */
    if (sent < 0 || successor < 0)
        _exit(EXIT_FAILURE);
    process_title_set("preforkd: waits for process %d", (int)successor);
    while (waitpid(successor, &status, 0) < 0 && errno == EINTR)
        ;
    end_as(status);
}

pid_t launcher_start(int channel_fd, launcher_become *become, const void *context)
{
    const struct task task = {getpid(), channel_fd, become, context};
    pid_t launcher = fork();

    if (launcher == 0)
        launch(&task);
    return launcher;
}

int launcher_end(pid_t launcher)
{
    int result = -1;

    for (int attempt = 0; result < 0 && attempt < KILL_ATTEMPTS; attempt++)
        result = kill(launcher, SIGKILL);
    return result;
}
