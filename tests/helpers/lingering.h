/*
 * lingering: a TCP connection whose end waits for its peer, and how to send one along (SCM_RIGHTS).
 */
#ifndef PREFORKD_TESTS_HELPERS_LINGERING_H
#define PREFORKD_TESTS_HELPERS_LINGERING_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Return a connection with unsent data, whose end waits for so many SECONDS. Its peer, which does
 * not read, stays open. Exits with status 67 where there is none to be had. */
static inline int lingering_make(int seconds)
{
    const struct linger linger = {1, seconds};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    static const char zeros[65536];
    socklen_t length = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);

    if (listener < 0 || fd < 0 || bind(listener, (struct sockaddr *)&address, length) < 0 ||
        listen(listener, 1) < 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) < 0 ||
        connect(fd, (struct sockaddr *)&address, length) < 0 || accept(listener, NULL, NULL) < 0)
        exit(67);
    while (send(fd, zeros, sizeof(zeros), MSG_DONTWAIT) > 0)
        ;
    return fd;
}

/* Send MESSAGE, whose control part is not set, over the unix socket TO, with the descriptor SENT.
 * Returns what sendmsg(2) does. */
static inline ssize_t lingering_send(int to, const struct msghdr *message, int sent)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
                            .cmsg_level = SOL_SOCKET,
                            .cmsg_type = SCM_RIGHTS}};
    struct msghdr whole = *message;

    memcpy(CMSG_DATA(&control.header), &sent, sizeof(sent));
    whole.msg_control = &control;
    whole.msg_controllen = sizeof(control);
    return sendmsg(to, &whole, MSG_NOSIGNAL);
}

#endif
