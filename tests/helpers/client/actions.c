/*
 * The actions of helpers/client.c, and their table: see client.h.
 */
#include "tests/helpers/client/client.h"

#include <errno.h>
#include <linux/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All actions have the same parameters, and few need both. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

static void connect_one(struct calls *calls, int *fd, const char *unused)
{
    *fd = socket(calls->target.address.any.sa_family, calls->target.type | SOCK_CLOEXEC, 0);
    if (*fd < 0 ||
        (calls->source.length > 0 &&
         bind(*fd, &calls->source.address.any, calls->source.length) < 0) ||
        connect(*fd, &calls->target.address.any, calls->target.length) < 0)
        client_fail("connect", strerror(errno));
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
        client_fail("socket", strerror(errno));
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
            client_fail("expect", got == 0 ? "end of file" : strerror(errno));
        if (memcmp(bytes, (const char *)wanted + done, (size_t)got) != 0)
            client_fail("expect", "other bytes");
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
        client_fail("datagram", strerror(errno));
}

static void receive_one(struct calls *calls, int *fd, const char *unused)
{
    static char bytes[1 << 17];
    ssize_t got = read_some(*fd, bytes, sizeof(bytes));

    if (got < 0)
        client_fail("receive", strerror(errno));
    for (ssize_t n = 1; n < got; n++) {
        if (bytes[n] != bytes[0])
            client_fail("receive", "bytes differ");
    }
    printf("%zd bytes%s%.1s\n", got, got > 0 ? " of " : "", got > 0 ? bytes : "");
}

static void expect_nothing(struct calls *calls, int *fd, const char *unused)
{
    char byte;

    if (recv(*fd, &byte, 1, MSG_DONTWAIT) >= 0 || errno != EAGAIN)
        client_fail("nothing", "something has come");
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
        client_fail("eof", got > 0 ? "a byte" : strerror(errno));
}

static void print_segments(struct calls *calls, int *fd, const char *unused)
{
    struct tcp_info info;
    uint64_t total = 0;

    for (int i = 0; i < calls->count; i++) {
        socklen_t length = sizeof(info);

        if (getsockopt(calls->fds[i], IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
            client_fail("segments", strerror(errno));
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
        client_fail("wait", "end of input");
}

static void say(struct calls *calls, int *fd, const char *text)
{
    puts(text);
}

static void let_pass(struct calls *calls, int *fd, const char *milliseconds)
{
    poll(NULL, 0, atoi(milliseconds));
}

static void set_source(struct calls *calls, int *fd, const char *text)
{
    client_set_source(calls, text);
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

void client_act(struct calls *calls, const char *action)
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
    client_fail(action, "no such action");
}
