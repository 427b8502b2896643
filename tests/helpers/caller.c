/*
 * caller: a client for the tests that does one thing at a time, and prints what came of it.
 *
 *   caller [-n COUNT] [-t SECONDS] unix:PATH|unix:@NAME|inet:PORT|udp:PORT|dgram:PATH ACTION...
 *
 * Each action is done by all COUNT connections (1) before the next one begins:
 *
 *   connect      blocking                      connect?     without blocking: prints the outcome
 *   send:TEXT    send:TEXT*N repeats it        half-close   no more from us
 *   read         to end of file, printed       expect:TEXT  these bytes, nothing else
 *   count        to end of file or an error: prints how many connections got how many bytes
 *   eof          end of file, nothing else     segments     prints TCP segments received
 *   say:TEXT     print a line of our own       wait         read a line from standard input
 *   sleep:MS     let time pass                 close        reset        close with a reset
 *
 * It ends with 1 and says why when an action is not as expected, or takes over SECONDS (10).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct target {
    union {
        struct sockaddr any;
        struct sockaddr_un unix_domain;
        struct sockaddr_in inet;
    } address;
    socklen_t length;
    int type;
};

struct calls {
    struct target target;
    int count;
    int *fds;
};

static _Noreturn void fail(const char *action, const char *why)
{
    fflush(stdout);
    fprintf(stderr, "caller: %s: %s\n", action, why);
    exit(1);
}

static void set_unix(struct target *target, const char *path)
{
    struct sockaddr_un *address = &target->address.unix_domain;
    size_t length = strlen(path);

    if (length >= sizeof(address->sun_path))
        fail(path, "too long");
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, length);
    if (path[0] == '@')
        address->sun_path[0] = '\0';
    target->length =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (path[0] == '@' ? 0 : 1));
}

static struct target parse_target(const char *text)
{
    struct target target = {.type = SOCK_STREAM};
    const char *colon = strchr(text, ':');

    if (colon == NULL)
        fail(text, "not an endpoint");
    if (strncmp(text, "udp", 3) == 0 || strncmp(text, "dgram", 5) == 0)
        target.type = SOCK_DGRAM;
    if (strncmp(text, "unix", 4) == 0 || strncmp(text, "dgram", 5) == 0) {
        set_unix(&target, colon + 1);
    } else {
        target.address.inet.sin_family = AF_INET;
        target.address.inet.sin_port = htons((in_port_t)atoi(colon + 1));
        target.address.inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        target.length = sizeof(target.address.inet);
    }
    return target;
}

static void connect_all(struct calls *calls)
{
    for (int i = 0; i < calls->count; i++) {
        calls->fds[i] =
            socket(calls->target.address.any.sa_family, calls->target.type | SOCK_CLOEXEC, 0);
        if (calls->fds[i] < 0 ||
            connect(calls->fds[i], &calls->target.address.any, calls->target.length) < 0)
            fail("connect", strerror(errno));
    }
}

/* Without blocking, one after the other: prints `connected`, `full`, `waiting` or the error. A
 * refused one leaves its place closed. */
static void try_connect_all(struct calls *calls)
{
    for (int i = 0; i < calls->count; i++) {
        int fd = socket(calls->target.address.any.sa_family,
                        calls->target.type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int result = connect(fd, &calls->target.address.any, calls->target.length);
        struct pollfd connected = {.fd = fd, .events = POLLOUT};

        if (result < 0 && errno == EINPROGRESS && poll(&connected, 1, 200) == 1)
            result = 0;
        if (result == 0)
            puts("connected");
        else
            puts(errno == EAGAIN         ? "full"
                 : errno == EINPROGRESS  ? "waiting"
                 : errno == ECONNREFUSED ? "refused"
                                         : strerror(errno));
        calls->fds[i] = fd;
    }
}

/* TEXT, or TEXT*N: N times. */
static void send_all(const struct calls *calls, const char *text)
{
    const char *star = strrchr(text, '*');
    size_t length = star != NULL ? (size_t)(star - text) : strlen(text);
    long times = star != NULL ? atol(star + 1) : 1;

    for (int i = 0; i < calls->count; i++) {
        for (long n = 0; n < times; n++) {
            if (send(calls->fds[i], text, length, MSG_NOSIGNAL) < 0)
                break; /* the server need not read it all */
        }
    }
}

/* One read: bytes, 0 at the end, -1 with errno. */
static ssize_t read_some(int fd, char *bytes, size_t size)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};

    poll(&readable, 1, -1); /* the alarm bounds it */
    return read(fd, bytes, size);
}

static void print_all(const struct calls *calls)
{
    char bytes[65536];
    ssize_t got;

    for (int i = 0; i < calls->count; i++) {
        while ((got = read_some(calls->fds[i], bytes, sizeof(bytes))) > 0)
            fwrite(bytes, 1, (size_t)got, stdout);
        if (got < 0 && errno == ECONNRESET)
            fputs("(reset)", stdout);
        putchar('\n');
    }
}

static void expect_all(const struct calls *calls, const char *text)
{
    size_t length = strlen(text);
    char bytes[4096];

    for (int i = 0; i < calls->count; i++) {
        for (size_t done = 0; done < length;) {
            ssize_t got = read_some(calls->fds[i], bytes, length - done);

            if (got <= 0)
                fail("expect", got == 0 ? "end of file" : strerror(errno));
            if (memcmp(bytes, text + done, (size_t)got) != 0)
                fail("expect", "other bytes");
            done += (size_t)got;
        }
    }
}

static void count_all(const struct calls *calls)
{
    size_t bytes = 0, answered = 0, reset = 0;
    char buffer[65536];

    for (int i = 0; i < calls->count; i++) {
        size_t before = bytes;
        ssize_t got;

        while ((got = read_some(calls->fds[i], buffer, sizeof(buffer))) > 0)
            bytes += (size_t)got;
        answered += bytes > before;
        reset += got < 0;
    }
    printf("%zu answered, %zu bytes, %zu reset\n", answered, bytes, reset);
}

static void expect_end_all(const struct calls *calls)
{
    char byte;

    for (int i = 0; i < calls->count; i++) {
        ssize_t got = read_some(calls->fds[i], &byte, 1);

        if (got != 0)
            fail("eof", got > 0 ? "a byte" : strerror(errno));
    }
}

static void print_segments(const struct calls *calls)
{
    struct tcp_info info;
    uint64_t total = 0;

    for (int i = 0; i < calls->count; i++) {
        socklen_t length = sizeof(info);

        if (getsockopt(calls->fds[i], IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
            fail("segments", strerror(errno));
        total += info.tcpi_segs_in;
    }
    printf("%llu\n", (unsigned long long)total);
}

static void close_all(const struct calls *calls, bool reset)
{
    const struct linger at_once = {.l_onoff = 1};

    for (int i = 0; i < calls->count; i++) {
        if (reset)
            setsockopt(calls->fds[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        close(calls->fds[i]);
    }
}

static void half_close_all(const struct calls *calls)
{
    for (int i = 0; i < calls->count; i++)
        shutdown(calls->fds[i], SHUT_WR);
}

static void wait_for_line(void)
{
    char line[256];

    if (fgets(line, sizeof(line), stdin) == NULL)
        fail("wait", "end of input");
}

static void act(struct calls *calls, const char *action)
{
    const char *colon = strchr(action, ':'), *text = colon == NULL ? "" : colon + 1;
    size_t length = colon == NULL ? strlen(action) : (size_t)(colon - action);

#define IS(word) (strlen(word) == length && strncmp(action, word, length) == 0)
    if (IS("connect"))
        connect_all(calls);
    else if (IS("connect?"))
        try_connect_all(calls);
    else if (IS("send"))
        send_all(calls, text);
    else if (IS("half-close"))
        half_close_all(calls);
    else if (IS("read"))
        print_all(calls);
    else if (IS("expect"))
        expect_all(calls, text);
    else if (IS("count"))
        count_all(calls);
    else if (IS("eof"))
        expect_end_all(calls);
    else if (IS("segments"))
        print_segments(calls);
    else if (IS("say"))
        puts(text);
    else if (IS("wait"))
        wait_for_line();
    else if (IS("sleep"))
        poll(NULL, 0, atoi(text));
    else if (IS("close") || IS("reset"))
        close_all(calls, IS("reset"));
    else
        fail(action, "no such action");
#undef IS
    fflush(stdout);
}

static void allow_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    struct calls calls = {.count = 1};
    unsigned int seconds = 10;
    int option;

    while ((option = getopt(argc, argv, "n:t:")) != -1) {
        if (option == 'n')
            calls.count = atoi(optarg);
        else if (option == 't')
            seconds = (unsigned int)atoi(optarg);
        else
            return 64;
    }
    if (optind + 1 >= argc || calls.count < 1)
        fail("usage", "caller [-n COUNT] [-t SECONDS] ENDPOINT ACTION...");
    signal(SIGPIPE, SIG_IGN);
    alarm(seconds);
    allow_descriptors();
    calls.target = parse_target(argv[optind]);
    calls.fds = calloc((size_t)calls.count, sizeof(*calls.fds));
    if (calls.fds == NULL)
        fail("calloc", strerror(errno));
    for (int i = optind + 1; i < argc; i++)
        act(&calls, argv[i]);
    free(calls.fds);
    return 0;
}
