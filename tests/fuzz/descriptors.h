/*
 * descriptors: sockets with the numbers that an input names, and a log in memory, for the targets
 * that take over sockets of another process.
 */
#ifndef PREFORKD_TESTS_FUZZ_DESCRIPTORS_H
#define PREFORKD_TESTS_FUZZ_DESCRIPTORS_H

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/fuzz/fuzz.h"

enum descriptor_kind {
    KIND_UNIX_STREAM,
    KIND_INET_STREAM,
    KIND_INET_DATAGRAM,
    KIND_DEAF, /* a stream that does not listen, which no client can reach; so the rest */
    KIND_UNBOUND,
    KIND_FILE,
    KIND_CLOSED,
    KINDS
};

static inline int socket_of(enum descriptor_kind kind)
{
    const struct sockaddr_un name = {.sun_family = AF_UNIX}; /* the kernel chooses it */
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bool is_unix = kind == KIND_UNIX_STREAM || kind == KIND_DEAF;
    bool is_datagram = kind == KIND_INET_DATAGRAM || kind == KIND_UNBOUND;
    int fd = socket(is_unix ? AF_UNIX : AF_INET, is_datagram ? SOCK_DGRAM : SOCK_STREAM, 0);

    must(fd >= 0, "there is a socket");
    if (is_unix)
        must(bind(fd, (const struct sockaddr *)&name, sizeof(name.sun_family)) == 0, "a name");
    else if (kind != KIND_UNBOUND)
        must(bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0, "an address");
    if (kind == KIND_UNIX_STREAM || kind == KIND_INET_STREAM)
        must(listen(fd, 1) == 0, "it listens");
    return fd;
}

/* Have the number FD be one of that KIND. */
static inline void place(int fd, enum descriptor_kind kind)
{
    int made;

    close_range((unsigned int)fd, (unsigned int)fd, 0); /* if it is open */
    if (kind == KIND_CLOSED)
        return;
    made = kind == KIND_FILE ? open("/dev/null", O_RDWR | O_CLOEXEC) : socket_of(kind);
    if (made == fd)
        return;
    must(fcntl(made, F_DUPFD_CLOEXEC, fd) == fd, "the number can be had");
    close(made);
}

/* Log to the memory file FD, which becomes one, from its beginning. */
static inline void log_begin(int fd)
{
    struct log_target target = {.fd = fd, .level = LOG_DEBUG};
    int made = memfd_create("log", MFD_CLOEXEC);

    must(made == fd || dup2(made, fd) == fd, "there is a memory file");
    if (made != fd)
        close(made);
    log_open(&target);
}

/* What was logged to FD are whole lines without another control character: nothing forges one. */
static inline void log_check(int fd)
{
    static char text[1 << 16];
    ssize_t got = pread(fd, text, sizeof(text), 0);

    for (ssize_t i = 0; i < got; i++)
        must(text[i] == '\n' || !text_is_control(text[i]), "a line of the log is clean");
    must(got <= 0 || text[got - 1] == '\n' || got == sizeof(text), "and has an end");
}

#endif
