/*
 * Unit tests of server/upgrade/launcher: what a launcher and its successor send, and that neither
 * holds up the master.
 */
#include "server/upgrade/launcher.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "server/upgrade/handover.h"
#include "server/upgrade/takeover.h"
#include "tests/unit/tap.h"

static pid_t master;
static int channel[2]; /* the master's end, the successor's */

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

static pid_t start(void)
{
    pid_t launcher;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) < 0)
        return -1;
    launcher = launcher_start(channel[1], become, NULL);
    close(channel[1]);
    return launcher;
}

/* The next message, or nothing at the end of the file. */
static const char *read_message(void)
{
    static char message[TAKEOVER_MESSAGE_SIZE];
    ssize_t got = recv(channel[0], message, sizeof(message) - 1, 0);

    message[got < 0 ? 0 : got] = '\0';
    return message;
}

static bool has_ended(pid_t pid, int signal)
{
    int status = 0;

    return waitpid(pid, &status, 0) == pid &&
           (signal == 0 ? WIFEXITED(status) : WIFSIGNALED(status) && WTERMSIG(status) == signal);
}

static void test_started(void)
{
    pid_t launcher = start();
    int successor = 0;

    ok(sscanf(read_message(), TAKEOVER_STARTED "%d", &successor) == 1 &&
           kill((pid_t)successor, 0) == 0,
       "a successor is started");
    ok(poll(&(struct pollfd){channel[0], POLLIN, 0}, 1, 50) == 0, "and waits");
    handover_send(channel[0], TAKEOVER_GO);
    is_text(read_message(), TAKEOVER_GOES, "until it is let go on");
    is_number((uint64_t)launcher_end(launcher), 0, "its launcher is killed");
    ok(has_ended(launcher, SIGKILL), "and ends");
    ok(kill((pid_t)successor, SIGKILL) == 0, "without its successor");
    is_text(read_message(), "", "whose end is that of the channel");
    close(channel[0]);
}

static void test_not_wanted(void)
{
    pid_t launcher = start();

    read_message();
    handover_send(channel[0], TAKEOVER_LEAVE);
    ok(has_ended(launcher, 0), "a successor that is not let go on ends, and its launcher as well");
    is_text(read_message(), "", "and says nothing more");
    close(channel[0]);
}

static void test_alone(void)
{
    pid_t launcher = start();

    read_message();
    launcher_end(launcher);
    is_text(read_message(), "", "a successor that was not let go on dies with its launcher");
    ok(has_ended(launcher, SIGKILL), "which was killed");
    close(channel[0]);
}

static void test_stopped(void)
{
    int64_t began_ns = clock_now_ns();
    pid_t launcher;

    pthread_atfork(NULL, NULL, stop_launcher);
    launcher = start();
    ok(launcher > 0 && clock_now_ns() - began_ns < 10 * NS_PER_S,
       "a launcher that is stopped is not waited for");
    launcher_end(launcher);
    ok(has_ended(launcher, SIGKILL), "and can be ended");
}

int main(void)
{
    master = getpid();
    alarm(20); /* where one is waited for */
    test_started();
    test_not_wanted();
    test_alone();
    test_stopped();
    return tap_end();
}
