/*
 * client: a client for the tests that does one action at a time, and prints the outcome.
 *
 *   client [-n COUNT] [-t SECONDS] KIND:ADDRESS ACTION...
 *
 * KIND:ADDRESS is unix:PATH|@NAME, dgram:PATH|@NAME, inet:[HOST:]PORT or udp:[HOST:]PORT (IPv4).
 *
 * Each action is done by all COUNT connections (1) before the next one begins:
 *
 *   connect      blocking                      connect?     without blocking: prints the outcome
 *   send:TEXT    send:TEXT*N repeats it        half-close   shut our side down
 *   read         to end of file, printed       expect:TEXT  these bytes, nothing else
 *   count        to end of file or an error: prints how many connections got how many bytes
 *   eof          end of file, nothing else     segments     prints TCP segments received
 *   from:ADDRESS what the next connect binds   nothing      nothing has come so far
 *   all-bytes:N  send the 256 bytes: each comes back plus N, modulo 256
 *   datagram:N   send one of N bytes `A`       receive      one read: prints its size and first byte
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

/* All actions have the same parameters, and few need both. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

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
    struct target source; /* of length 0: the kernel chooses */
    int count;
    int *fds;
};

static _Noreturn void fail(const char *action, const char *why)
{
    fflush(stdout);
    fprintf(stderr, "client: %s: %s\n", action, why);
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

static void set_inet(struct target *target, const char *text)
{
    const char *colon = strchr(text, ':');
    char host[INET_ADDRSTRLEN];

    snprintf(host, sizeof(host), "%.*s", colon == NULL ? 0 : (int)(colon - text), text);
    target->address.inet.sin_family = AF_INET;
    target->address.inet.sin_port = htons((in_port_t)atoi(colon == NULL ? text : colon + 1));
    target->length = sizeof(target->address.inet);
    if (inet_pton(AF_INET, colon == NULL ? "127.0.0.1" : host, &target->address.inet.sin_addr) != 1)
        fail(text, "not an address");
}

static struct target parse_target(const char *text)
{
    struct target target = {.type = SOCK_STREAM};
    const char *colon = strchr(text, ':');

    if (colon == NULL)
        fail(text, "not an endpoint");
    if (strncmp(text, "udp", 3) == 0 || strncmp(text, "dgram", 5) == 0)
        target.type = SOCK_DGRAM;
    if (strncmp(text, "unix", 4) == 0 || strncmp(text, "dgram", 5) == 0)
        set_unix(&target, colon + 1);
    else
        set_inet(&target, colon + 1);
    return target;
}

static void set_source(struct calls *calls, int *fd, const char *text)
{
    calls->source = calls->target;
    if (calls->target.address.any.sa_family == AF_UNIX)
        set_unix(&calls->source, text);
    else
        set_inet(&calls->source, text);
}

static void connect_one(struct calls *calls, int *fd, const char *unused)
{
    *fd = socket(calls->target.address.any.sa_family, calls->target.type | SOCK_CLOEXEC, 0);
    if (*fd < 0 ||
        (calls->source.length > 0 &&
         bind(*fd, &calls->source.address.any, calls->source.length) < 0) ||
        connect(*fd, &calls->target.address.any, calls->target.length) < 0)
        fail("connect", strerror(errno));
}

/* Without blocking, one after the other: prints `connected`, `full`, `waiting` or the error. A
 * refused one leaves its place closed. */
static void try_connect_one(struct calls *calls, int *fd, const char *unused)
{
    struct pollfd connected = {.events = POLLOUT};
    int result;

    connected.fd = *fd = socket(calls->target.address.any.sa_family,
                                calls->target.type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0)
        fail("socket", strerror(errno));
    result = connect(*fd, &calls->target.address.any, calls->target.length);
    if (result == 0 || (errno == EINPROGRESS && poll(&connected, 1, 200) == 1))
        puts("connected");
    else
        puts(errno == EAGAIN         ? "full"
             : errno == EINPROGRESS  ? "waiting"
             : errno == ECONNREFUSED ? "refused"
                                     : strerror(errno));
}

/* Wait where the handshake is not complete yet. */
static ssize_t send_some(int fd, const void *bytes, size_t size)
{
    struct pollfd writable = {.fd = fd, .events = POLLOUT};
    ssize_t put;

    while ((put = send(fd, bytes, size, MSG_NOSIGNAL)) < 0 && errno == EAGAIN)
        poll(&writable, 1, -1); /* the alarm bounds it */
    return put;
}

/* TEXT, or TEXT*N: N times. */
static void send_one(struct calls *calls, int *fd, const char *text)
{
    const char *star = strrchr(text, '*');
    size_t length = star != NULL ? (size_t)(star - text) : strlen(text);
    long times = star != NULL ? atol(star + 1) : 1;

    for (long n = 0; n < times; n++) {
        if (send_some(*fd, text, length) < 0)
            break; /* the server need not read it all */
    }
}

/* Read once: returns bytes, 0 at end of file, -1 with errno. */
static ssize_t read_some(int fd, char *bytes, size_t size)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};

    poll(&readable, 1, -1); /* the alarm bounds it */
    return read(fd, bytes, size);
}

static void print_one(struct calls *calls, int *fd, const char *unused)
{
    char bytes[65536];
    ssize_t got;

    while ((got = read_some(*fd, bytes, sizeof(bytes))) > 0)
        fwrite(bytes, 1, (size_t)got, stdout);
    if (got < 0 && errno == ECONNRESET)
        fputs("(reset)", stdout);
    putchar('\n');
}

/* Fail unless these SIZE bytes (at most 4096) come and, so far, no other. */
static void read_exactly(int fd, const void *wanted, size_t size)
{
    char bytes[4096];
    ssize_t got;

    for (size_t done = 0; done < size; done += (size_t)got) {
        got = read_some(fd, bytes, size - done);
        if (got <= 0)
            fail("expect", got == 0 ? "end of file" : strerror(errno));
        if (memcmp(bytes, (const char *)wanted + done, (size_t)got) != 0)
            fail("expect", "other bytes");
    }
}

static void expect_one(struct calls *calls, int *fd, const char *text)
{
    read_exactly(*fd, text, strlen(text));
}

static void send_datagram(struct calls *calls, int *fd, const char *text)
{
    static char bytes[1 << 17];
    size_t size = (size_t)atol(text);

    memset(bytes, 'A', sizeof(bytes));
    if (send(*fd, bytes, size, MSG_NOSIGNAL) != (ssize_t)size)
        fail("datagram", strerror(errno));
}

static void receive_one(struct calls *calls, int *fd, const char *unused)
{
    static char bytes[1 << 17];
    ssize_t got = read_some(*fd, bytes, sizeof(bytes));

    if (got < 0)
        fail("receive", strerror(errno));
    for (ssize_t n = 1; n < got; n++) {
        if (bytes[n] != bytes[0])
            fail("receive", "bytes differ");
    }
    printf("%zd bytes%s%.1s\n", got, got > 0 ? " of " : "", got > 0 ? bytes : "");
}

static void expect_nothing(struct calls *calls, int *fd, const char *unused)
{
    char byte;

    if (recv(*fd, &byte, 1, MSG_DONTWAIT) >= 0 || errno != EAGAIN)
        fail("nothing", "something has come");
}

static void try_all_bytes(struct calls *calls, int *fd, const char *plus)
{
    unsigned char sent[256], wanted[256];

    for (int i = 0; i < 256; i++) {
        sent[i] = (unsigned char)i;
        wanted[i] = (unsigned char)(i + atoi(plus));
    }
    send_some(*fd, sent, sizeof(sent));
    read_exactly(*fd, wanted, sizeof(wanted));
}

static void count_all(struct calls *calls, int *fd, const char *unused)
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

static void expect_end(struct calls *calls, int *fd, const char *unused)
{
    char byte;

    ssize_t got = read_some(*fd, &byte, 1);

    if (got != 0)
        fail("eof", got > 0 ? "a byte" : strerror(errno));
}

static void print_segments(struct calls *calls, int *fd, const char *unused)
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

static void close_one(struct calls *calls, int *fd, const char *unused)
{
    close(*fd);
}

static void reset_one(struct calls *calls, int *fd, const char *unused)
{
    const struct linger at_once = {.l_onoff = 1};

    setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(*fd);
}

static void half_close_one(struct calls *calls, int *fd, const char *unused)
{
    shutdown(*fd, SHUT_WR);
}

static void wait_for_line(struct calls *calls, int *fd, const char *unused)
{
    char line[256];

    if (fgets(line, sizeof(line), stdin) == NULL)
        fail("wait", "end of input");
}

static void say(struct calls *calls, int *fd, const char *text)
{
    puts(text);
}

static void let_pass(struct calls *calls, int *fd, const char *milliseconds)
{
    poll(NULL, 0, atoi(milliseconds));
}

enum { ONCE = 6 }; /* the first of them act once for all connections, the others for each */

static const struct {
    const char *name;
    void (*act)(struct calls *calls, int *fd, const char *text);
} actions[] = {
    /* clang-format off */
    {"count", count_all}, {"from", set_source}, {"say", say}, {"segments", print_segments},
    {"sleep", let_pass}, {"wait", wait_for_line},
    {"all-bytes", try_all_bytes}, {"close", close_one}, {"connect", connect_one},
    {"connect?", try_connect_one}, {"datagram", send_datagram}, {"eof", expect_end},
    {"expect", expect_one}, {"half-close", half_close_one}, {"nothing", expect_nothing},
    {"read", print_one}, {"receive", receive_one}, {"reset", reset_one}, {"send", send_one},
    /* clang-format on */
};

static void act(struct calls *calls, const char *action)
{
    size_t length = strcspn(action, ":");

    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strlen(actions[i].name) != length || strncmp(actions[i].name, action, length) != 0)
            continue;
        for (int n = 0; n < (i < ONCE ? 1 : calls->count); n++)
            actions[i].act(calls, &calls->fds[n], action + length + (action[length] == ':'));
        fflush(stdout);
        return;
    }
    fail(action, "no such action");
}

int main(int argc, char **argv)
{
    struct calls calls = {.count = 1};
    struct rlimit descriptors;
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
        fail("usage", "client [-n COUNT] [-t SECONDS] ENDPOINT ACTION...");
    signal(SIGPIPE, SIG_IGN);
    alarm(seconds);
    getrlimit(RLIMIT_NOFILE, &descriptors);
    descriptors.rlim_cur = descriptors.rlim_max;
    setrlimit(RLIMIT_NOFILE, &descriptors);
    calls.target = parse_target(argv[optind]);
    calls.fds = calloc((size_t)calls.count, sizeof(*calls.fds));
    if (calls.fds == NULL)
        fail("calloc", strerror(errno));
    for (int i = optind + 1; i < argc; i++)
        act(&calls, argv[i]);
    free(calls.fds);
    return 0;
}
