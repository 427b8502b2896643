/*
 * kill_workers MASTER COUNT EVERY_MS: kill COUNT of MASTER's workers with SIGKILL, one every
 * EVERY_MS, each chosen at random among those alive, none twice. Prints a line for each: the time
 * by the log's clock, in seconds since 1970 with microseconds, and the pid.
 */
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include "tests/helpers/master.h"

enum { WORKERS_MAX = 1024, VICTIMS_MAX = 1024 };

static struct {
    pid_t pids[VICTIMS_MAX];
    int count;
} victims;

static bool is_victim(pid_t pid)
{
    for (int i = 0; i < victims.count; i++) {
        if (victims.pids[i] == pid)
            return true;
    }
    return false;
}

static pid_t choose(pid_t master)
{
    pid_t workers[WORKERS_MAX];
    int count = master_children(master, workers, WORKERS_MAX);
    int left = 0;

    for (int i = 0; i < count; i++) {
        if (!is_victim(workers[i]))
            workers[left++] = workers[i];
    }
    if (left == 0)
        diex(STATUS_SYSTEM, "no worker is left to be killed");
    return workers[random() % left];
}

static void kill_one(pid_t master)
{
    pid_t pid = choose(master);
    struct timespec now;

    timespec_get(&now, TIME_UTC);
    if (kill(pid, SIGKILL) < 0)
        die(STATUS_SYSTEM, "kill %d", (int)pid);
    victims.pids[victims.count++] = pid;
    printf("%lld.%06ld %d\n", (long long)now.tv_sec, now.tv_nsec / 1000, (int)pid);
}

int main(int argc, char **argv)
{
    int count;

    log_init("kill_workers");
    if (argc != 4 || (count = atoi(argv[2])) > VICTIMS_MAX)
        diex(STATUS_USAGE, "kill_workers MASTER COUNT EVERY_MS");
    srandom((unsigned int)getpid());
    for (int i = 0; i < count; i++) {
        poll(NULL, 0, atoi(argv[3]));
        kill_one(atoi(argv[1]));
    }
    return 0;
}
