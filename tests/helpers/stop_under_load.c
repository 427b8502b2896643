/*
 * stop_under_load ENDPOINT MASTER CLIENTS MS: load the server with CLIENTS processes, each with one
 * connection after the other, send MASTER a SIGTERM after MS, and count the outcome of every
 * request:
 *
 *   ok    answered rightly
 *   lost  not answered, although before the TERM it had connected (unix) or had sent its byte
 *         (inet, where defer_accept holds back a silent connection), or there was no TERM yet
 *   late  connected or sent after the TERM, and not answered
 *
 * A client ends when it is refused. Prints `ok N lost N late N`. ENDPOINT: see master.h.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/io.h"
#include "tests/helpers/master.h"

enum { CLIENTS_MAX = 256, LIMIT_S = 40, PAUSE_EVERY = 4, PAUSE_MS = 1 };

#define CALL_NS (10 * NS_PER_S)

static struct shared {
    _Atomic int64_t term_ns; /* 0: not yet */
    struct tally {
        uint64_t ok, lost, late;
    } tallies[CLIENTS_MAX];
} * shared;

/* Count a request without an answer: it had connected, or sent, at DUE_NS. */
static void judge(struct tally *tally, int64_t due_ns, const char *what)
{
    int64_t term_ns = atomic_load(&shared->term_ns);

    if (term_ns != 0 && due_ns > term_ns) {
        tally->late++;
        return;
    }
    tally->lost++;
    warnx("lost: %s, %.3f ms before the TERM", what,
          term_ns == 0 ? 0 : (double)(term_ns - due_ns) / (double)NS_PER_MS);
}

/* Make one request; returns false once the server does not listen any more. Some clients pause
 * before they send. */
static bool call(const struct endpoint *endpoint, struct tally *tally)
{
    unsigned char byte = (unsigned char)random(), reply;
    int fd = endpoint_connect(endpoint, CALL_NS), cause = errno;
    int64_t due_ns = clock_now_ns();
    bool sent;
    ssize_t got;

    if (fd < 0) {
        if (atomic_load(&shared->term_ns) == 0)
            judge(tally, due_ns, "cannot connect");
        else if (cause != ECONNREFUSED && cause != ENOENT)
            judge(tally, INT64_MAX, "cannot connect");
        return false;
    }
    if (random() % PAUSE_EVERY == 0)
        poll(NULL, 0, PAUSE_MS);
    sent = send(fd, &byte, 1, MSG_NOSIGNAL) == 1;
    if (!endpoint_is_unix(endpoint))
        due_ns = sent ? clock_now_ns() : INT64_MAX;
    got = io_read_full(fd, &reply, 1, clock_now_ns() + CALL_NS);
    if (got == 1 && reply == (unsigned char)(byte + 1))
        tally->ok++;
    else
        judge(tally, due_ns, got == 1 ? "another byte" : got == 0 ? "no answer" : strerror(errno));
    close(fd);
    return true;
}

static void start_client(const struct endpoint *endpoint, int index)
{
    pid_t parent = getpid(), pid = fork();

    if (pid < 0)
        die(STATUS_SYSTEM, "fork");
    if (pid > 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(STATUS_SYSTEM);
    srandom((unsigned int)getpid());
    while (call(endpoint, &shared->tallies[index]))
        ;
    _exit(0);
}

static int wait_for_clients(void)
{
    int status, failures = 0;

    while (wait(&status) > 0)
        failures += status != 0;
    return failures;
}

static struct tally sum(void)
{
    struct tally all = {0};

    for (int i = 0; i < CLIENTS_MAX; i++) {
        all.ok += shared->tallies[i].ok;
        all.lost += shared->tallies[i].lost;
        all.late += shared->tallies[i].late;
    }
    return all;
}

int main(int argc, char **argv)
{
    struct endpoint endpoint;
    struct tally all;
    int clients;

    log_init("stop_under_load");
    if (argc != 5 || (clients = atoi(argv[3])) > CLIENTS_MAX)
        diex(STATUS_USAGE, "stop_under_load ENDPOINT MASTER CLIENTS MS");
    endpoint = master_endpoint(argv[1]);
    alarm(LIMIT_S);
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        die(STATUS_SYSTEM, "mmap");
    for (int i = 0; i < clients; i++)
        start_client(&endpoint, i);
    poll(NULL, 0, atoi(argv[4]));
    atomic_store(&shared->term_ns, clock_now_ns());
    if (kill(atoi(argv[2]), SIGTERM) < 0)
        die(STATUS_SYSTEM, "kill %s", argv[2]);
    if (wait_for_clients() > 0)
        diex(STATUS_SYSTEM, "a client failed");
    all = sum();
    printf("ok %llu lost %llu late %llu\n", (unsigned long long)all.ok,
           (unsigned long long)all.lost, (unsigned long long)all.late);
    return 0;
}
