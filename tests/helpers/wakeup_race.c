/*
 * wakeup_race ENDPOINT MASTER TERM|KILL ROUNDS: connect two clients while one of MASTER's two
 * workers is retired (TERM) or killed (KILL), ROUNDS times. Each has to be served within 3 s:
 *
 *   answered  rightly
 *   cut       end of file or a reset: the killed worker had accepted the connection
 *   hung      nothing at all: the wakeup was lost
 *
 * Prints `answered N cut N hung N slowest N ms`, and a line for each round with more than one
 * client cut. ENDPOINT: see master.h.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/io.h"
#include "tests/helpers/master.h"

enum { WORKERS = 2, CLIENTS = 2, LIMIT_S = 100, HEAD_START_US = 300 };

#define CALL_NS (3 * NS_PER_S)

static struct {
    int answered, cut, hung;
    int64_t slowest_ns;
} tally;

/* Wait until MASTER has two workers again, and VICTIM is not one of them. */
static void await_workers(pid_t master, pid_t victim, pid_t workers[WORKERS + 1])
{
    for (;;) {
        int count = master_children(master, workers, WORKERS + 1);

        if (count == WORKERS && workers[0] != victim && workers[1] != victim)
            return;
        poll(NULL, 0, 1);
    }
}

/* Signal from a process of its own, after a random moment: before the clients, between them and
 * after them. */
static pid_t start_signal(pid_t worker, int number)
{
    int64_t start_ns = clock_now_ns() + random() % HEAD_START_US * NS_PER_US;
    pid_t pid = fork();

    if (pid < 0)
        die(STATUS_SYSTEM, "fork");
    if (pid > 0)
        return pid;
    while (clock_now_ns() < start_ns)
        ;
    kill(worker, number);
    _exit(0);
}

static int begin_call(const struct endpoint *endpoint)
{
    int fd = endpoint_connect(endpoint, CALL_NS);

    if (fd < 0)
        die(STATUS_UNAVAILABLE, "connect");
    send(fd, "A", 1, MSG_NOSIGNAL); /* whether it arrived, the answer tells */
    return fd;
}

/* Whether it was cut. */
static int end_call(int fd)
{
    int64_t begin_ns = clock_now_ns();
    char reply = 0;
    ssize_t got = io_read_full(fd, &reply, 1, begin_ns + CALL_NS);
    int cause = errno;
    int64_t took_ns = clock_now_ns() - begin_ns;

    close(fd);
    if (took_ns > tally.slowest_ns)
        tally.slowest_ns = took_ns;
    if (got == 1 && reply == 'B')
        tally.answered++;
    else if (got < 0 && cause == ETIMEDOUT)
        tally.hung++;
    else
        tally.cut++;
    return got == 0 || (got < 0 && cause != ETIMEDOUT);
}

static pid_t run_round(const struct endpoint *endpoint, pid_t master, pid_t last, int number,
                       int round)
{
    pid_t workers[WORKERS + 1], victim, child;
    int fds[CLIENTS], cut = 0;

    await_workers(master, last, workers);
    victim = workers[round % WORKERS];
    child = start_signal(victim, number);
    for (int i = 0; i < CLIENTS; i++)
        fds[i] = begin_call(endpoint);
    for (int i = 0; i < CLIENTS; i++)
        cut += end_call(fds[i]);
    waitpid(child, NULL, 0);
    if (cut > 1)
        printf("round %d: %d clients cut\n", round, cut);
    return victim;
}

int main(int argc, char **argv)
{
    struct endpoint endpoint;
    pid_t victim = 0;

    log_init("wakeup_race");
    if (argc != 5)
        diex(STATUS_USAGE, "wakeup_race ENDPOINT MASTER TERM|KILL ROUNDS");
    alarm(LIMIT_S);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    srandom((unsigned int)getpid());
    endpoint = master_endpoint(argv[1]);
    for (int i = 0; i < atoi(argv[4]); i++)
        victim = run_round(&endpoint, atoi(argv[2]), victim,
                           strcmp(argv[3], "TERM") == 0 ? SIGTERM : SIGKILL, i);
    printf("answered %d cut %d hung %d slowest %.1f ms\n", tally.answered, tally.cut, tally.hung,
           (double)tally.slowest_ns / (double)NS_PER_MS);
    return 0;
}
