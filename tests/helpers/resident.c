/*
 * resident: a server for the tests that accepts by itself: it reads from each connection once, and
 * answers the first byte plus one. It finishes on SIGTERM, as it should.
 *
 *   resident [-d FD] [-N MS] [-s SIGNAL] [-q N] [-t MS] [-x STATUS] [-X STATUS] [-gilnpuW]
 *
 *   -d FD      the listener; 3
 *   -N MS      notify (sd_notify(3)): a child at once, which does not count, itself after so long,
 *              with a descriptor
 *   -s SIGNAL  what it finishes on instead
 *   -q N       exit with 0 after N connections
 *   -t MS      before it answers
 *   -x STATUS  exit at once
 *   -X STATUS  exit soon after it has notified
 *   -g         leave a child behind that has the listener
 *   -i         ignore the signal
 *   -l         print its descriptors, signals and variables first
 *   -n         know no signal: it dies of it
 *   -p         answer with its pid
 *   -W         send one pulse with that
 *   -u         shut the listener down at a connection that sends `S`, crash at one that sends `X`,
 *              at one that sends `L` notify with a connection whose end waits for 20 s
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/helpers/lingering.h"

static struct {
    int listener_fd;
    int limit, delay_ms;
    bool obeys, prints_pid, has_pulse;
    char **variables;
} self = {.listener_fd = 3};

enum { LOOK_MS = 50 };

static volatile sig_atomic_t leaving;

/* Put what is no socket in place of the listener: an accept(2) that is about to block fails. */
static void on_signal(int number)
{
    (void)number;
    leaving = 1;
    dup2(self.listener_fd == STDIN_FILENO ? STDOUT_FILENO : STDIN_FILENO, self.listener_fd);
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};

    sigaction(number, &action, NULL);
}

/* Print what this process has, a line each, in one piece: the log has lines. */
static void look(void)
{
    int death_signal = 0;
    sigset_t blocked;

    for (int fd = 0; fd < 1024; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            printf("descriptor %d%s\n", fd,
                   (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0 ? " nonblocking" : "");
    }
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    for (int number = 1; number < 65; number++) {
        struct sigaction action;

        if (sigismember(&blocked, number) == 1)
            printf("blocked %d\n", number);
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
            printf("not default %d\n", number);
    }
    prctl(PR_GET_PDEATHSIG, &death_signal);
    printf("death signal %d\ngroup %s\n", death_signal, getpgrp() == getpid() ? "own" : "other");
    for (char **variable = self.variables; *variable != NULL; variable++) {
        if (strncmp(*variable, "LISTEN_PID=", 11) == 0)
            printf("LISTEN_PID %s\n", atoi(*variable + 11) == getpid() ? "own" : "other");
        else
            printf("%s\n", *variable);
    }
    fflush(stdout);
}

/* Send TEXT to NOTIFY_SOCKET, an abstract one, with the descriptor SENT, or some socket if that
 * is -1. */
static void notify_with(const char *text, int sent)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char bytes[128];
    struct iovec content = {.iov_base = bytes,
                            .iov_len = (size_t)snprintf(bytes, sizeof(bytes), "%s", text)};
    struct msghdr message = {.msg_name = &address, .msg_iov = &content, .msg_iovlen = 1};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || name == NULL || name[0] != '@')
        exit(65);
    snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "%s", name + 1);
    message.msg_namelen = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    if (lingering_send(fd, &message, sent < 0 ? fd : sent) < 0)
        exit(66);
    close(fd);
}

static void notify(const char *text)
{
    notify_with(text, -1);
}

/* Send along a connection with unsent data, of which the master then has the last descriptor. */
static void notify_lingering(void)
{
    int fd = lingering_make(20);

    notify_with("STATUS=lingers", fd);
    close(fd);
}

static void notify_after(int ms)
{
    pid_t child = fork();

    if (child == 0) {
        notify("READY=1\nSTATUS=of a child");
        _exit(0);
    }
    while (waitpid(child, NULL, 0) < 0)
        ;
    poll(NULL, 0, ms);
    notify(self.has_pulse ? "STATUS=with a pulse\nWATCHDOG=1\nREADY=1"
                          : "STATUS=serves \033 well\nREADY=1\n");
}

static void leave_child(void)
{
    if (fork() == 0) {
        handle(SIGTERM, SIG_IGN);
        for (;;)
            pause();
    }
}

static void answer(int fd)
{
    char bytes[64] = "", byte, text[16];

    while (read(fd, bytes, sizeof(bytes)) < 0 && errno == EINTR)
        ;
    byte = bytes[0];
    if (self.obeys && byte == 'X')
        abort();
    if (self.obeys && byte == 'L')
        notify_lingering();
    if (self.obeys && byte == 'S')
        shutdown(self.listener_fd, SHUT_RD);
    if (self.delay_ms > 0)
        poll(NULL, 0, self.delay_ms);
    byte++;
    if (self.prints_pid)
        dprintf(fd, "%d\n", (int)getpid());
    else if (write(fd, &byte, 1) != 1)
        snprintf(text, sizeof(text), "%d", errno);
    close(fd);
}

static void serve(void)
{
    struct pollfd listener = {.fd = self.listener_fd, .events = POLLIN};
    int served = 0;

    while (!leaving && (self.limit == 0 || served < self.limit)) {
        int fd = accept4(self.listener_fd, NULL, NULL, SOCK_CLOEXEC);

        if (fd >= 0) {
            answer(fd);
            served++;
        } else if (errno == EAGAIN) {
            poll(&listener, 1, LOOK_MS); /* the signal may have come just before */
        } else if (errno != EINTR) {
            poll(NULL, 0, 20); /* it was shut down, or the signal has come */
        }
    }
}

int main(int argc, char **argv, char **variables)
{
    int option, number = SIGTERM, notify_ms = -1, last_status = -1;
    bool looks = false, leaves_child = false;
    void (*handler)(int) = on_signal;

    while ((option = getopt(argc, argv, "d:N:s:q:t:x:X:gilnpuW")) != -1) {
        switch (option) {
        case 'd':
            self.listener_fd = atoi(optarg);
            break;
        case 'N':
            notify_ms = atoi(optarg);
            break;
        case 'W':
            self.has_pulse = true;
            break;
        case 's':
            number = atoi(optarg);
            break;
        case 'q':
            self.limit = atoi(optarg);
            break;
        case 't':
            self.delay_ms = atoi(optarg);
            break;
        case 'x':
            exit(atoi(optarg));
        case 'X':
            last_status = atoi(optarg);
            break;
        case 'g':
            leaves_child = true;
            break;
        case 'i':
            handler = SIG_IGN;
            break;
        case 'l':
            looks = true;
            break;
        case 'n':
            handler = SIG_DFL;
            break;
        case 'p':
            self.prints_pid = true;
            break;
        case 'u':
            self.obeys = true;
            break;
        default:
            exit(64);
        }
    }
    self.variables = variables;
    if (looks)
        look();
    if (leaves_child)
        leave_child();
    handle(number, handler);
    if (notify_ms >= 0)
        notify_after(notify_ms);
    if (last_status >= 0) {
        poll(NULL, 0, 50);
        return last_status;
    }
    serve();
    return 0;
}
