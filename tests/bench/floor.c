/*
 * floor: the barest pre-forked loop that the kernel allows, as the measure of what preforkd adds.
 * Fork N processes, each of which accepts, reads a byte, adds one, writes it back and closes.
 *
 *   floor [-e] [-d] unix:PATH|inet:PORT WORKERS
 *
 *   -e   each worker sleeps in an epoll of its own (EPOLLEXCLUSIVE), not in accept
 *   -d   inet: TCP_DEFER_ACCEPT, and the answer with MSG_MORE and shutdown
 *
 * It prints `ready` once every worker has said, through a pipe, that it is about to accept, and
 * ends at SIGTERM.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct plan {
    const char *endpoint;
    int workers;
    bool epoll, defer;
};

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(71);
}

static int listen_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
        die(path);
    strcpy(address.sun_path, path);
    unlink(path);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        die(path);
    return fd;
}

static int listen_inet(int port, bool defer)
{
    static const int on = 1, defer_s = 5;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
        die("socket");
    if (defer && setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &defer_s, sizeof(defer_s)) < 0)
        die("TCP_DEFER_ACCEPT");
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        die("bind");
    return fd;
}

static void serve(int fd, bool defer)
{
    unsigned char byte;

    if (read(fd, &byte, 1) == 1) {
        byte++;
        if (defer) {
            send(fd, &byte, 1, MSG_MORE);
            shutdown(fd, SHUT_WR);
        } else if (write(fd, &byte, 1) < 0) {
            perror("write");
        }
    }
    close(fd);
}

static int open_epoll(int listener)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE};
    int fd = epoll_create1(EPOLL_CLOEXEC);

    if (fd < 0 || epoll_ctl(fd, EPOLL_CTL_ADD, listener, &event) < 0)
        die("epoll");
    return fd;
}

static _Noreturn void work(const struct plan *plan, int listener, int ready)
{
    int epoll = plan->epoll ? open_epoll(listener) : -1;
    struct epoll_event event;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (write(ready, "", 1) != 1)
        die("ready");
    close(ready);
    for (;;) {
        int fd;

        if (epoll >= 0)
            epoll_wait(epoll, &event, 1, -1);
        fd = accept(listener, NULL, NULL);
        if (fd >= 0)
            serve(fd, plan->defer);
        else if (errno != EAGAIN)
            die("accept");
    }
}

static void wait_until_ready(int ready, int count)
{
    char bytes[512];

    while (count > 0) {
        ssize_t got = read(ready, bytes, sizeof(bytes));

        if (got <= 0)
            die("ready");
        count -= (int)got;
    }
    puts("ready");
    fflush(stdout);
}

static struct plan parse(int argc, char **argv)
{
    struct plan plan = {0};
    int option;

    while ((option = getopt(argc, argv, "ed")) != -1) {
        plan.epoll |= option == 'e';
        plan.defer |= option == 'd';
    }
    if (argc - optind != 2) {
        fprintf(stderr, "usage: floor [-e] [-d] unix:PATH|inet:PORT WORKERS\n");
        exit(64);
    }
    plan.endpoint = argv[optind];
    plan.workers = atoi(argv[optind + 1]);
    return plan;
}

int main(int argc, char **argv)
{
    struct plan plan = parse(argc, argv);
    bool is_unix = strncmp(plan.endpoint, "unix:", 5) == 0;
    int listener =
        is_unix ? listen_unix(plan.endpoint + 5) : listen_inet(atoi(plan.endpoint + 5), plan.defer);
    int ready[2];

    if (listen(listener, 511) < 0 || pipe2(ready, O_CLOEXEC) < 0)
        die("listen");
    if (plan.epoll && fcntl(listener, F_SETFL, O_NONBLOCK) < 0)
        die("O_NONBLOCK");
    for (int i = 0; i < plan.workers; i++) {
        pid_t pid = fork();

        if (pid < 0)
            die("fork");
        if (pid == 0)
            work(&plan, listener, ready[1]);
    }
    wait_until_ready(ready[0], plan.workers);
    pause();
    return 0;
}
