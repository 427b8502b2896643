/*
 * early_signal SIGNAL DELAY_US PROGRAM [ARGUMENT]...: start PROGRAM in a session of its own, send
 * it SIGNAL (a number) so many microseconds after exec(2), and print its pid. Ends as PROGRAM does:
 * with its status, or with 128 and the number of the signal that it died by.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/status.h"

static _Noreturn void become(char **argv)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    signal(SIGINT, SIG_DFL); /* a shell's background jobs ignore these */
    signal(SIGQUIT, SIG_DFL);
    execv(argv[0], argv);
    die(STATUS_SYSTEM, "%s", argv[0]);
}

/* Wait until exec(2) has closed the other end. */
static void wait_for_exec(int fd)
{
    char nothing;

    while (read(fd, &nothing, 1) > 0)
        ;
}

/* Spin: a sleep would not be exact to the microsecond. */
static void pass(int64_t us)
{
    int64_t until_ns = clock_now_ns() + us * NS_PER_US;

    while (clock_now_ns() < until_ns)
        ;
}

int main(int argc, char **argv)
{
    int ends[2], status;
    pid_t pid;

    log_init("early_signal");
    if (argc < 4)
        diex(STATUS_USAGE, "early_signal SIGNAL DELAY_US PROGRAM [ARGUMENT]...");
    if (pipe2(ends, O_CLOEXEC) < 0 || (pid = fork()) < 0)
        die(STATUS_SYSTEM, "cannot start");
    if (pid == 0)
        become(argv + 3);
    close(ends[1]);
    wait_for_exec(ends[0]);
    pass(strtoll(argv[2], NULL, 10));
    kill(pid, atoi(argv[1]));
    printf("%d\n", (int)pid);
    fflush(stdout);
    if (waitpid(pid, &status, 0) < 0)
        die(STATUS_SYSTEM, "wait");
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
