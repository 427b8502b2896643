/*
 * kill_in_upgrade MASTER old|new DELAY_US: have MASTER upgrade itself (SIGUSR2) and kill it, or its
 * successor, with SIGKILL so many microseconds later. Prints the pid of the killed process; `none`
 * where the successor had ended before, or did not begin.
 */
#include <signal.h>
#include <stdbool.h>

#include "common/clock.h"
#include "tests/helpers/master.h"

enum { CHILDREN_MAX = 1024 };

#define BEGINS_WITHIN_NS (5 * NS_PER_S)

static struct {
    pid_t pids[CHILDREN_MAX];
    int count;
} before;

static bool was_there(pid_t pid)
{
    for (int i = 0; i < before.count; i++) {
        if (before.pids[i] == pid)
            return true;
    }
    return false;
}

/* Returns the child of PARENT that was not there before; 0 if there is none yet, -1 if there will
 * be none. */
static pid_t find_child(pid_t parent)
{
    pid_t pids[CHILDREN_MAX];
    int count = master_children(parent, pids, CHILDREN_MAX);

    for (int i = 0; i < count; i++) {
        if (!was_there(pids[i]))
            return pids[i];
    }
    return count < 0 ? -1 : 0;
}

/* Returns the successor, which is a child of a new child of MASTER; -1 where there is none within
 * BEGINS_WITHIN_NS: the upgrade was refused, as where the launcher was too slow for the master. */
static pid_t await_successor(pid_t master)
{
    int64_t until_ns = clock_now_ns() + BEGINS_WITHIN_NS;
    pid_t launcher, successor = 0;

    while (successor == 0 && clock_now_ns() < until_ns) {
        launcher = find_child(master);
        successor = launcher > 0 ? find_child(launcher) : launcher;
    }
    return successor > 0 ? successor : -1;
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
    pid_t master, victim;

    log_init("kill_in_upgrade");
    if (argc != 4)
        diex(STATUS_USAGE, "kill_in_upgrade MASTER old|new DELAY_US");
    master = (pid_t)atoi(argv[1]);
    before.count = master_children(master, before.pids, CHILDREN_MAX);
    if (kill(master, SIGUSR2) < 0)
        die(STATUS_SYSTEM, "kill %d", (int)master);
    victim = strcmp(argv[2], "old") == 0 ? master : await_successor(master);
    pass(strtoll(argv[3], NULL, 10));
    if (victim > 0 && kill(victim, SIGKILL) == 0)
        printf("%d\n", (int)victim);
    else
        puts("none");
    return 0;
}
