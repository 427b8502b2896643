/*
 * datagram: see datagram.h.
 *
 * Three kinds of datagram get no answer: one that names no sender, one from a privileged port or
 * from our own (its sender is likely a service too, and two that echo would talk for ever), and one
 * too large for the buffer.
 */
#include "server/worker/datagram.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "server/worker/connection_log.h"

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
        return; /* IPv6: as it is, with the interface that a link-local one needs */
    memcpy(&asked, CMSG_DATA(header), sizeof(asked));
    asked.ipi_ifindex = 0;
    memcpy(CMSG_DATA(header), &asked, sizeof(asked));
}

/* One datagram of a socket on every address: it has to be answered from the one that was asked. */
struct parcel {
    struct iovec content;
    struct msghdr message;
    union control control; /* last, for it ends in a flexible array */
};

static ssize_t receive_parcel(struct worker_page *page, int socket, struct parcel *parcel)
{
    ssize_t got;

    parcel->content = (struct iovec){.iov_base = bytes, .iov_len = sizeof(bytes)};
    parcel->message = (struct msghdr){.msg_name = &page->peer,
                                      .msg_namelen = sizeof(page->peer),
                                      .msg_iov = &parcel->content,
                                      .msg_iovlen = 1,
                                      .msg_control = &parcel->control,
                                      .msg_controllen = sizeof(parcel->control)};
    got = recvmsg(socket, &parcel->message, MSG_DONTWAIT | MSG_TRUNC);
    page->peer_length = parcel->message.msg_namelen;
    return got;
}

static ssize_t send_parcel(struct parcel *parcel, int socket, size_t size)
{
    parcel->content.iov_len = size;
    answer_from_there(&parcel->message);
    return sendmsg(socket, &parcel->message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Of every other socket: a unix caller could pass descriptors to whoever took control data. */
static ssize_t receive_plain(struct worker_page *page, int socket)
{
    page->peer_length = sizeof(page->peer);
    return recvfrom(socket, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_TRUNC, &page->peer.any,
                    &page->peer_length);
}

/* Answer the SIZE bytes that came, through PARCEL, unless it is NULL: the bytes sent, 0 where the
 * service wants no answer, or -1. */
static ssize_t answer(struct connection *connection, struct parcel *parcel, int socket, size_t size)
{
    const struct worker_page *page = connection->page;
    ssize_t length = connection->service->datagram(bytes, size, sizeof(bytes));

    if (length < 0)
        return 0;
    if (parcel != NULL)
        return send_parcel(parcel, socket, (size_t)length);
    return sendto(socket, bytes, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL, &page->peer.any,
                  page->peer_length);
}

int datagram_serve(struct connection *connection, int socket, uint16_t own_port, bool any_address)
{
    struct worker_page *page = connection->page;
    struct parcel parcel;
    ssize_t put = -1,
            got = any_address ? receive_parcel(page, socket, &parcel) : receive_plain(page, socket);
    int64_t took_ns;

    if (got < 0)
        return -1;
    connection_begin(connection, -1);
    counter_add(&page->counters.bytes_in, (uint64_t)got);
    if ((size_t)got <= sizeof(bytes) && can_be_answered(&page->peer, page->peer_length, own_port))
        put = answer(connection, any_address ? &parcel : NULL, socket, (size_t)got);
    if (put >= 0) {
        counter_add(&page->counters.requests, 1);
        counter_add(&page->counters.bytes_out, (uint64_t)put);
    } else {
        counter_add(&page->counters.dropped, 1);
    }
    took_ns = connection_end(connection);
    if (connection->logs)
        connection_log_datagram(connection, took_ns, put >= 0);
    return 0;
}
