/*
 * Unit tests of server/upgrade/launcher: how long a launcher can hold up the master.
 */
#include "server/upgrade/launcher.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/unit/tap.h"

static pid_t master;

/* In each child of fork(2): stop the launcher, before it has done anything. */
static void stop_launcher(void)
{
    if (getppid() == master)
        raise(SIGSTOP);
}

static _Noreturn void become(const void *context)
{
    (void)context;
    for (;;)
        pause();
}

static void test_started(void)
{
    pid_t launcher, successor = launcher_start(&launcher, become, NULL);
    int64_t began_ns;

    ok(successor > 0 && kill(successor, 0) == 0, "a successor is started");
    began_ns = clock_now_ns();
    launcher_end(launcher);
    ok(clock_now_ns() - began_ns < 10 * NS_PER_S, "its launcher ends soon");
    ok(waitpid(launcher, NULL, WNOHANG) < 0 && errno == ECHILD, "and is reaped");
    ok(kill(successor, SIGKILL) == 0, "without its successor");
}

static void test_stopped(void)
{
    pid_t launcher, successor;
    int64_t began_ns = clock_now_ns();

    pthread_atfork(NULL, NULL, stop_launcher);
    successor = launcher_start(&launcher, become, NULL);
    ok(successor == -1 && errno == ETIMEDOUT, "a launcher that is stopped is given up");
    ok(clock_now_ns() - began_ns < 10 * NS_PER_S, "within moments");
    is_number((uint64_t)launcher, 0, "there is none any more");
    ok(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "and none is left to be reaped");
}

int main(void)
{
    master = getpid();
    alarm(20); /* where it is waited for */
    test_started();
    test_stopped();
    return tap_end();
}
