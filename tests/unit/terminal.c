/*
 * Unit tests of client/ctl/view/terminal and top: on a pseudo-terminal, with an invented master,
 * the view is drawn, follows keys and the terminal's size, and gives the terminal back however it
 * ends.
 */
#include "client/ctl/view/terminal.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "client/control/session.h"
#include "client/control/snapshot.h"
#include "client/ctl/view/top.h"
#include "common/clock.h"
#include "tests/unit/pseudo_terminal.h"
#include "tests/unit/tap.h"

static bool silent; /* the master answers once, and never again */
static int asked;

/* The invented master. */

enum status session_ask(const char *path, const char *command, int64_t timeout_ns,
                        int64_t outcome_ns, char **reply)
{
    bool answers = asked < 2 || !silent;

    asked++;
    *reply = strdup(answers ? command : "nothing answers");
    return answers && timeout_ns == outcome_ns && path != NULL ? STATUS_OK : STATUS_UNAVAILABLE;
}

int snapshot_read(char *reply, struct snapshot *snapshot)
{
    *snapshot = (struct snapshot){.pid = 4711,
                                  .uptime_ns = NS_PER_S,
                                  .version = "0.1.0",
                                  .phase = reply,
                                  .pools = calloc(1, sizeof(*snapshot->pools)),
                                  .pool_count = 1};
    if (snapshot->pools == NULL)
        return -1;
    snapshot->pools[0].name = "main";
    snapshot->pools[0].board = "W_";
    return 0;
}

void snapshot_free(struct snapshot *snapshot)
{
    free(snapshot->pools);
}

/* Run top in the foreground of the terminal, and exit as it does. */
static void run_top(void)
{
    sigset_t none;
    int in, out;

    setpgid(0, 0);
    tcsetpgrp(ours, getpid());
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    in = dup2(ours, STDIN_FILENO);
    out = dup2(ours, STDOUT_FILENO);
    need(in == STDIN_FILENO && out == STDOUT_FILENO, "dup2");
    exit(top_run("s", NS_PER_S));
}

/* Start top on the terminal. Returns its pid. */
static pid_t begin(void)
{
    pid_t child;

    memset(shown, 0, sizeof(shown));
    set_size(40, 12);
    fflush(stdout);
    child = fork();
    need(child >= 0, "fork");
    if (child == 0)
        run_top();
    setpgid(child, child);
    tcsetpgrp(ours, child);
    return child;
}

/* Wait for the end of CHILD, which WHAT has caused, and check that the terminal is as before.
 * Returns the exit status as a shell has it. */
static int end(pid_t child, const char *what)
{
    int status = 0;

    if (!ok(await("\033[0m\033[?7h\033[?25h\033[?1049l"), "%s gives the screen back", what))
        kill(child, SIGKILL);
    need(waitpid(child, &status, 0) == child, "waitpid");
    ok(is_as_before(), "%s gives the keys back", what);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void test_keys(void)
{
    pid_t child = begin();
    struct termios now;

    ok(await("q: quit"), "it is drawn");
    ok(strncmp(shown, "\033[?1049h\033[?25l\033[?7l\033[1;1H", 25) == 0, "on the alternate screen");
    ok(strstr(shown, "\033[1;1H\033[2K\033[1mpid 4711, status") != NULL, "from its first line");
    ok(tcgetattr(ours, &now) == 0 && (now.c_lflag & (ICANON | ECHO)) == 0, "without echo");
    press('s');
    ok(await("0 busy, by connections"), "s: another order");
    press('h');
    ok(await("show this help"), "h: help");
    press('h');
    ok(await_anew("0 busy, by connections"), "h: back");
    press('q');
    is_number(end(child, "q"), STATUS_OK, "q: the end");
}

static void test_size(void)
{
    pid_t child = begin();

    ok(await("q: quit") && strstr(shown, "preforkd 0.1.0") == NULL, "40 columns are few");
    ok(strstr(shown, "\033[12;1H") != NULL && strstr(shown, "\033[13;1H") == NULL, "12 rows");
    set_size(100, 30);
    ok(await("preforkd 0.1.0, pid 4711, up 1.0s, status") && await("\033[30;1H"),
       "it follows the terminal's size");
    press('q');
    end(child, "q");
}

static void test_signals(void)
{
    static const int signals[] = {SIGTERM, SIGHUP};
    pid_t child = begin();

    ok(await("q: quit"), "drawn, for Ctrl-C");
    press('\003');
    is_number(end(child, "Ctrl-C"), STATUS_OK, "Ctrl-C: the end");
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        child = begin();
        ok(await("q: quit"), "drawn, for %s", strsignal(signals[i]));
        kill(child, signals[i]);
        is_number(end(child, strsignal(signals[i])), 128 + signals[i], "it ends it");
    }
}

static void test_suspension(void)
{
    pid_t child = begin();
    int status = 0;

    ok(await("q: quit"), "drawn, for Ctrl-Z");
    press('\032');
    need(waitpid(child, &status, WUNTRACED) == child, "waitpid");
    ok(WIFSTOPPED(status) && is_as_before() && await("\033[?1049l"), "Ctrl-Z gives all back");
    tcsetpgrp(ours, child);
    kill(child, SIGCONT);
    ok(await_anew("\033[?1049h") && await("q: quit"), "it comes back");
    press('q');
    is_number(end(child, "q"), STATUS_OK, "and ends");
}

static void test_absence(void)
{
    pid_t child;

    silent = true;
    child = begin();
    ok(await("retrying: nothing"), "it says that the master is gone");
    ok(await("0 busy, by time"), "beside what was last known");
    press('q');
    is_number(end(child, "q"), STATUS_OK, "and ends");
    silent = false;
}

static void test_plain(void)
{
    pid_t child;

    setenv("NO_COLOR", "1", 1);
    child = begin();
    ok(await("q: quit") && strstr(shown, "\033[1m") == NULL, "no colours with NO_COLOR");
    press('q');
    end(child, "q");
    unsetenv("NO_COLOR");
    setenv("TERM", "dumb", 1);
    child = begin();
    ok(await("0 busy, by time") && strchr(shown, '\033') == NULL, "a dumb terminal is printed on");
    need(waitpid(child, NULL, 0) == child, "waitpid");
}

static int test_all(void)
{
    alarm(40); /* do not wait for ever for a child that hangs */
    open_terminal();
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
    test_keys();
    test_size();
    test_signals();
    test_suspension();
    test_absence();
    test_plain();
    return tap_end();
}

/* The leader of a process group cannot begin a session. */
int main(void)
{
    pid_t child = fork();
    int status;

    if (child == 0)
        return test_all();
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status)
               ? WEXITSTATUS(status)
               : 1;
}
