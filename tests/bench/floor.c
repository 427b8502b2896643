/*
 * floor: the barest pre-forked loop that the kernel allows, as the measure of what preforkd adds.
 * Fork N processes, each of which accepts, reads a byte, adds one, writes it back and closes.
 *
 *   floor [-e] [-d] [-k] [-u] [-s] [-p PROGRAM] unix:PATH|inet:PORT WORKERS
 *
 *   -e   each worker sleeps in an epoll of its own (EPOLLEXCLUSIVE), not in accept or recvfrom
 *   -d   inet: TCP_DEFER_ACCEPT, and the answer with MSG_MORE and shutdown
 *   -k   kept open: what is read comes back as it is, until the client's end of file
 *   -u   datagrams: a byte comes back plus one
 *   -s   each worker has a filter of system calls (seccomp(2)), which allows all
 *   -p   run PROGRAM for each connection: vfork, exec, and wait for its end
 *
 * It prints `ready ENDPOINT`, with the port that a PORT of 0 became, once every worker has said,
 * through a pipe, that it is about to accept, and ends at SIGTERM.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
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
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

struct plan {
    const char *endpoint;
    int workers;
    bool epoll, defer, keep_open, datagram, filter;
    char *program; /* NULL: serve it here */
};

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(71);
}

static int bind_unix(const char *path, int type)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
        die(path);
    strcpy(address.sun_path, path);
    unlink(path);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        die(path);
    return fd;
}

static int bind_inet(int port, int type, bool defer)
{
    static const int on = 1, defer_s = 5;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

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
}

static void serve_kept_open(int fd)
{
    unsigned char bytes[4096];
    ssize_t got;

    while ((got = read(fd, bytes, sizeof(bytes))) > 0) {
        if (write(fd, bytes, (size_t)got) != got)
            return;
    }
}

/* The barest way to run a program is the measure.
 * NOLINTBEGIN(clang-analyzer-security.insecureAPI.vfork, clang-analyzer-unix.Vfork,
 * bugprone-unsafe-functions, cert-msc24-c, cert-msc33-c) */
static void run(char *program, int fd)
{
    char *const words[] = {program, NULL};
    pid_t pid = vfork();

    if (pid == 0) {
        dup2(fd, STDIN_FILENO);
        dup2(fd, STDOUT_FILENO);
        execv(program, words);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, NULL, 0) != pid)
        die("vfork");
}
/* NOLINTEND(clang-analyzer-security.insecureAPI.vfork, clang-analyzer-unix.Vfork,
 * bugprone-unsafe-functions, cert-msc24-c, cert-msc33-c) */

static void accept_one(const struct plan *plan, int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0) {
        if (errno != EAGAIN)
            die("accept");
        return;
    }
    if (plan->program != NULL)
        run(plan->program, fd);
    else if (plan->keep_open)
        serve_kept_open(fd);
    else
        serve(fd, plan->defer);
    close(fd);
}

/* A sender that is gone meanwhile, or has no room, gets no answer. */
static void answer_one(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in inet;
        struct sockaddr_un local;
    } peer;
    socklen_t length = sizeof(peer);
    unsigned char byte;
    ssize_t got = recvfrom(fd, &byte, 1, 0, &peer.any, &length);

    if (got < 0 && errno != EAGAIN)
        die("recvfrom");
    if (got == 1) {
        byte++;
        sendto(fd, &byte, 1, 0, &peer.any, length);
    }
}

static int open_epoll(int fd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE};
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        die("epoll");
    return epoll;
}

/* The barest filter that there is. */
static void add_filter(void)
{
    static struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    static const struct sock_fprog program = {.len = 1, .filter = allow};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) < 0)
        die("seccomp");
}

static _Noreturn void work(const struct plan *plan, int fd, int ready)
{
    int epoll = plan->epoll ? open_epoll(fd) : -1;
    struct epoll_event event;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (plan->filter)
        add_filter();
    if (write(ready, "", 1) != 1)
        die("ready");
    close(ready);
    for (;;) {
        if (epoll >= 0)
            epoll_wait(epoll, &event, 1, -1);
        if (plan->datagram)
            answer_one(fd);
        else
            accept_one(plan, fd);
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
}

static void say_ready(const struct plan *plan, int fd)
{
    struct sockaddr_in address = {0};
    socklen_t length = sizeof(address);

    if (strncmp(plan->endpoint, "inet:", 5) != 0)
        printf("ready %s\n", plan->endpoint);
    else if (getsockname(fd, (struct sockaddr *)&address, &length) == 0)
        printf("ready inet:127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
}

static struct plan parse(int argc, char **argv)
{
    struct plan plan = {0};
    int option;

    while ((option = getopt(argc, argv, "edkusp:")) != -1) {
        plan.epoll |= option == 'e';
        plan.defer |= option == 'd';
        plan.keep_open |= option == 'k';
        plan.datagram |= option == 'u';
        plan.filter |= option == 's';
        if (option == 'p')
            plan.program = optarg;
    }
    if (argc - optind != 2) {
        fprintf(stderr, "usage: floor [-e] [-d] [-k] [-u] [-s] [-p PROGRAM] unix:PATH|inet:PORT "
                        "WORKERS\n");
        exit(64);
    }
    plan.endpoint = argv[optind];
    plan.workers = atoi(argv[optind + 1]);
    return plan;
}

static int open_socket(const struct plan *plan)
{
    int type = plan->datagram ? SOCK_DGRAM : SOCK_STREAM;
    int fd = strncmp(plan->endpoint, "unix:", 5) == 0
                 ? bind_unix(plan->endpoint + 5, type)
                 : bind_inet(atoi(plan->endpoint + 5), type, plan->defer);

    if (!plan->datagram && listen(fd, 511) < 0)
        die("listen");
    if (plan->epoll && fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
        die("O_NONBLOCK");
    return fd;
}

int main(int argc, char **argv)
{
    struct plan plan = parse(argc, argv);
    int fd = open_socket(&plan);
    int ready[2];

    if (pipe2(ready, O_CLOEXEC) < 0)
        die("pipe");
    for (int i = 0; i < plan.workers; i++) {
        pid_t pid = fork();

        if (pid < 0)
            die("fork");
        if (pid == 0)
            work(&plan, fd, ready[1]);
    }
    wait_until_ready(ready[0], plan.workers);
    say_ready(&plan, fd);
    pause();
    return 0;
}
