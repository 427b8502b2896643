/*
 * number_program [-l FD] [-x EVERY]: the program behind the pool in tests/faults, for numbers that
 * number_clients sends. It echoes its standard input to its standard output; with -l, each
 * connection that it accepts from the listener FD, one at a time, until SIGTERM comes, and that one
 * to its end. With -x it crashes, without an answer, at each number that EVERY divides.
 */
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile sig_atomic_t leaving;

static void on_signal(int number)
{
    (void)number;
    leaving = 1;
}

/* Crash if the BYTES are a number that EVERY divides, which a client sends in one piece. No
 * core file is needed of that. */
static void crash_at(const char *bytes, size_t size, uint64_t every)
{
    uint64_t number;

    if (every == 0 || size != sizeof(number))
        return;
    memcpy(&number, bytes, sizeof(number));
    if (number % every != 0)
        return;
    prctl(PR_SET_DUMPABLE, 0);
    abort();
}

static void echo(int from, int to, uint64_t every)
{
    char bytes[4096];
    ssize_t got;

    while ((got = read(from, bytes, sizeof(bytes))) > 0) {
        crash_at(bytes, (size_t)got, every);
        for (ssize_t sent = 0, more; sent < got; sent += more) {
            more = write(to, bytes + sent, (size_t)(got - sent));
            if (more < 0)
                return;
        }
    }
}

/* The signal comes while this waits and at no other time, so none is lost before it. */
static void serve(int listener_fd, uint64_t every)
{
    struct sigaction action = {.sa_handler = on_signal};
    struct pollfd listener = {.fd = listener_fd, .events = POLLIN};
    sigset_t term, none;

    sigemptyset(&none);
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_BLOCK, &term, NULL);
    sigaction(SIGTERM, &action, NULL);
    while (!leaving) {
        int fd;

        if (ppoll(&listener, 1, NULL, &none) < 0)
            continue;
        fd = accept4(listener_fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        echo(fd, fd, every);
        close(fd);
    }
}

int main(int argc, char **argv)
{
    int option, listener_fd = -1;
    uint64_t every = 0;

    signal(SIGPIPE, SIG_IGN);
    while ((option = getopt(argc, argv, "l:x:")) != -1) {
        switch (option) {
        case 'l':
            listener_fd = atoi(optarg);
            break;
        case 'x':
            every = strtoull(optarg, NULL, 10);
            break;
        default:
            return 64;
        }
    }
    if (listener_fd >= 0)
        serve(listener_fd, every);
    else
        echo(STDIN_FILENO, STDOUT_FILENO, every);
    return 0;
}
