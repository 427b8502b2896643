/*
 * datagram: see datagram.h.
 *
 * Three kinds of datagram get no answer: one that names no sender, one from a privileged port or
 * from our own (its sender is likely a service too, and two that echo would talk for ever), and one
 * too large for the buffer.
 */
#include "server/datagram.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { DATAGRAM_MAX = 65536, FIRST_UNPRIVILEGED_PORT = 1024 };

static unsigned char bytes[DATAGRAM_MAX]; /* only what is received touches memory */

union control {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

/* Whether somebody may be answered who is known by ADDRESS. */
static bool can_be_answered(const union endpoint_address *address, socklen_t length,
                            uint16_t own_port)
{
    uint16_t port;

    if (length <= sizeof(address->any.sa_family))
        return false;
    if (address->any.sa_family == AF_UNIX)
        return true;
    port = ntohs(address->any.sa_family == AF_INET ? address->inet4.sin_port
                                                   : address->inet6.sin6_port);
    return port >= FIRST_UNPRIVILEGED_PORT && port != own_port;
}

/* Turn the address that was asked, as recvmsg(2) tells it, into the one to answer from (ip(7),
 * IP_PKTINFO): the same, by whichever interface the route says. */
static void answer_from_there(struct msghdr *message)
{
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    struct in_pktinfo asked;

    if (header == NULL || header->cmsg_level != IPPROTO_IP)
        return; /* unix: none; IPv6: as it is, with the interface that a link-local one needs */
    memcpy(&asked, CMSG_DATA(header), sizeof(asked));
    asked.ipi_ifindex = 0;
    memcpy(CMSG_DATA(header), &asked, sizeof(asked));
}

/* Answer the SIZE bytes that MESSAGE brought: the bytes sent, or -1. */
static ssize_t answer(const struct service *service, struct msghdr *message, int socket,
                      size_t size)
{
    ssize_t length = service->datagram(bytes, size, sizeof(bytes));

    if (length < 0)
        return -1;
    message->msg_iov->iov_len = (size_t)length;
    answer_from_there(message);
    return sendmsg(socket, message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int datagram_serve(struct connection *connection, int socket, uint16_t own_port)
{
    struct worker_page *page = connection->page;
    union control control; /* inet only: a unix caller could pass us descriptors (unix(7)) */
    struct iovec all = {.iov_base = bytes, .iov_len = sizeof(bytes)};
    struct msghdr message = {.msg_name = &page->peer,
                             .msg_namelen = sizeof(page->peer),
                             .msg_iov = &all,
                             .msg_iovlen = 1,
                             .msg_control = own_port != 0 ? &control : NULL,
                             .msg_controllen = own_port != 0 ? sizeof(control) : 0};
    ssize_t got = recvmsg(socket, &message, MSG_DONTWAIT), put = -1;

    if (got < 0)
        return -1;
    page->peer_length = message.msg_namelen;
    connection_begin(connection, -1);
    counter_add(&page->counters.bytes_in, (uint64_t)got);
    if ((message.msg_flags & MSG_TRUNC) == 0 &&
        can_be_answered(&page->peer, message.msg_namelen, own_port))
        put = answer(connection->service, &message, socket, (size_t)got);
    if (put >= 0) {
        counter_add(&page->counters.requests, 1);
        counter_add(&page->counters.bytes_out, (uint64_t)put);
    } else {
        counter_add(&page->counters.dropped, 1);
    }
    connection_end(connection);
    return 0;
}
