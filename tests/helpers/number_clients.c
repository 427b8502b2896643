/*
 * number_clients ENDPOINT CLIENTS MIN [PAUSE_MS [EVERY]]: send numbers to a service that echoes,
 * each over a connection of its own and only once, so that each request that is lost or answered
 * twice is known.
 *
 * CLIENTS processes send, PAUSE_MS (0) after the answer before, until SIGTERM comes and at least
 * MIN numbers were sent. Then it prints a line:
 *
 *   requests N refused N lost N duplicated N crashed N slowest_ms N why TEXT
 *
 * refused: connection attempts that were refused, each tried again a millisecond later; lost:
 * numbers that were sent and did not come back, TEXT being the first reason; duplicated: numbers
 * that came back more than once, or to a client that had not sent them; slowest_ms: the slowest
 * answer; crashed: numbers that EVERY divides, at which the server is to crash (number_program.c),
 * and that did not come back: they are not lost.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/helpers/master.h"

enum { CALL_WITHIN_S = 20, WHY_SIZE = 128 };

struct sums {
    uint64_t every; /* 0: the server crashes at none */
    _Atomic uint64_t next, refused, lost, duplicated, crashed;
    _Atomic int64_t slowest_ns;
    _Atomic int has_why, ended;
    char why[WHY_SIZE];
};

static void lose(struct sums *sums, const char *what, int error)
{
    atomic_fetch_add(&sums->lost, 1);
    if (atomic_exchange(&sums->has_why, 1) == 0)
        snprintf(sums->why, WHY_SIZE, "%s: %s", what, error == 0 ? "end of file" : strerror(error));
}

/* Returns whether the server is to crash at NUMBER. */
static bool is_deadly(const struct sums *sums, uint64_t number)
{
    return sums->every != 0 && number % sums->every == 0;
}

/* Check that NUMBER came back, once: anything else is a loss or a copy. */
static void judge(struct sums *sums, uint64_t number, const uint64_t *replies, size_t got)
{
    size_t mine = 0;

    for (size_t i = 0; i < got / sizeof(number); i++)
        mine += replies[i] == number;
    if (mine == 0)
        lose(sums, got == 0 ? "read" : "a short or foreign reply", 0);
    if (got > sizeof(number) || (got == sizeof(number) && mine == 0))
        atomic_fetch_add(&sums->duplicated, 1);
}

/* Returns a connection, or -1 with the number counted as lost. */
static int reach(const struct endpoint *endpoint, struct sums *sums)
{
    int fd;

    while ((fd = endpoint_connect(endpoint, CALL_WITHIN_S * NS_PER_S)) < 0 &&
           (errno == ECONNREFUSED || errno == ENOENT) && !atomic_load(&sums->ended)) {
        atomic_fetch_add(&sums->refused, 1);
        poll(NULL, 0, 1);
    }
    if (fd < 0)
        lose(sums, "connect", errno);
    return fd;
}

static void call(const struct endpoint *endpoint, struct sums *sums, uint64_t number)
{
    uint64_t replies[8];
    size_t got = 0;
    ssize_t more = -1;
    int fd = reach(endpoint, sums);

    if (fd < 0)
        return;
    if (send(fd, &number, sizeof(number), MSG_NOSIGNAL) == sizeof(number) &&
        shutdown(fd, SHUT_WR) == 0) {
        while (got < sizeof(replies) &&
               (more = recv(fd, (char *)replies + got, sizeof(replies) - got, 0)) > 0)
            got += (size_t)more;
    }
    if (got == 0 && is_deadly(sums, number))
        atomic_fetch_add(&sums->crashed, 1);
    else if (more < 0)
        lose(sums, "reply", errno);
    else
        judge(sums, number, replies, got);
    close(fd);
}

static void note_time(struct sums *sums, int64_t took_ns)
{
    int64_t slowest_ns = atomic_load(&sums->slowest_ns);

    while (took_ns > slowest_ns &&
           !atomic_compare_exchange_weak(&sums->slowest_ns, &slowest_ns, took_ns))
        ;
}

static _Noreturn void call_on(const struct endpoint *endpoint, struct sums *sums, uint64_t min,
                              int pause_ms)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (!atomic_load(&sums->ended) || atomic_load(&sums->next) < min) {
        int64_t began_ns = clock_now_ns();

        call(endpoint, sums, atomic_fetch_add(&sums->next, 1));
        note_time(sums, clock_now_ns() - began_ns);
        if (pause_ms > 0)
            poll(NULL, 0, pause_ms);
    }
    _exit(0);
}

/* inet:ADDRESS:PORT is allowed as well, for the address is 127.0.0.1 all the same. */
static struct endpoint endpoint_of(const char *text)
{
    char port[64];

    if (strncmp(text, "inet:", 5) != 0)
        return master_endpoint(text);
    snprintf(port, sizeof(port), "inet:%s", strrchr(text, ':') + 1);
    return master_endpoint(port);
}

int main(int argc, char **argv)
{
    struct endpoint endpoint;
    struct sums *sums;
    sigset_t term;
    int clients, number;

    log_init("number_clients");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (argc < 4 || argc > 6)
        diex(STATUS_USAGE, "number_clients ENDPOINT CLIENTS MIN [PAUSE_MS [EVERY]]");
    endpoint = endpoint_of(argv[1]);
    clients = atoi(argv[2]);
    sums = mmap(NULL, sizeof(*sums), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (sums == MAP_FAILED)
        die(STATUS_SYSTEM, "mmap");
    sums->every = argc > 5 ? strtoull(argv[5], NULL, 10) : 0;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL); /* in clients, too */
    for (int i = 0; i < clients; i++) {
        pid_t pid = fork();

        if (pid < 0)
            die(STATUS_SYSTEM, "fork");
        if (pid == 0)
            call_on(&endpoint, sums, strtoull(argv[3], NULL, 10), argc > 4 ? atoi(argv[4]) : 0);
    }
    sigwait(&term, &number);
    atomic_store(&sums->ended, 1); /* a signal would interrupt their calls */
    while (wait(NULL) > 0)
        ;
    printf("requests %llu refused %llu lost %llu duplicated %llu crashed %llu slowest_ms %.1f "
           "why %s\n",
           (unsigned long long)atomic_load(&sums->next),
           (unsigned long long)atomic_load(&sums->refused),
           (unsigned long long)atomic_load(&sums->lost),
           (unsigned long long)atomic_load(&sums->duplicated),
           (unsigned long long)atomic_load(&sums->crashed),
           (double)atomic_load(&sums->slowest_ns) / 1e6, sums->has_why ? sums->why : "-");
    return 0;
}
