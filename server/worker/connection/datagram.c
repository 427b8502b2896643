/*
 * datagram: see datagram.h.
 *
 * Three kinds of datagram get no answer, and reach no service but a program: one without the
 * address of its sender, one whose sender is probably a service as well, as two that echo would
 * never stop, and one that is larger than the buffer. One whose sender may not call goes no
 * further than here.
 */
#include "server/worker/connection/datagram.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "server/worker/connection/connection_log.h"
#include "server/worker/connection/program_ops.h"

enum { DATAGRAM_MAX = 65536, FIRST_UNPRIVILEGED_PORT = 1024 };

static unsigned char bytes[DATAGRAM_MAX]; /* a page takes memory once a datagram has reached it */

union control {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

/* Return whether a sender with ADDRESS may be answered: not from a privileged port, the port of
 * this pool, or the address of any pool, which anyone could have put into the datagram. */
static bool can_be_answered(const union endpoint_address *address, socklen_t length,
                            const struct datagram_binding *binding)
{
    uint16_t port;

    if (length <= sizeof(address->any.sa_family) ||
        binding->is_own_address(binding->context, address, length))
        return false;
    if (address->any.sa_family == AF_UNIX)
        return true;
    port = ntohs(address->any.sa_family == AF_INET ? address->inet4.sin_port
                                                   : address->inet6.sin6_port);
    return port >= FIRST_UNPRIVILEGED_PORT && port != binding->port;
}

/* Turn the address that the datagram was sent to, as recvmsg(2) has it, into the one to answer from
 * (ip(7), IP_PKTINFO): the same, with the interface left to the route. */
static void answer_from_destination(struct msghdr *message)
{
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    struct in_pktinfo destination;

    if (header == NULL || header->cmsg_level != IPPROTO_IP)
        return; /* IPv6: keep the interface, which a link-local address needs */
    memcpy(&destination, CMSG_DATA(header), sizeof(destination));
    destination.ipi_ifindex = 0;
    memcpy(CMSG_DATA(header), &destination, sizeof(destination));
}

/* A datagram that was received by a socket on all addresses. The answer has to come from the
 * address that it was sent to. */
struct addressed {
    struct iovec content;
    struct msghdr message;
    union control control; /* the last member: it ends in a flexible array */
};

static ssize_t receive_addressed(struct worker_page *page, int socket, struct addressed *datagram)
{
    ssize_t got;

    datagram->content = (struct iovec){.iov_base = bytes, .iov_len = sizeof(bytes)};
    datagram->message = (struct msghdr){.msg_name = &page->peer,
                                        .msg_namelen = sizeof(page->peer),
                                        .msg_iov = &datagram->content,
                                        .msg_iovlen = 1,
                                        .msg_control = &datagram->control,
                                        .msg_controllen = sizeof(datagram->control)};
    got = recvmsg(socket, &datagram->message, MSG_DONTWAIT | MSG_TRUNC);
    page->peer_length = datagram->message.msg_namelen;
    return got;
}

static ssize_t send_addressed(struct addressed *datagram, int socket, size_t size)
{
    datagram->content.iov_len = size;
    answer_from_destination(&datagram->message);
    return sendmsg(socket, &datagram->message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Receive a datagram of any other socket, without room for control data: a unix client could pass
 * descriptors in it. */
static ssize_t receive_plain(struct worker_page *page, int socket)
{
    page->peer_length = sizeof(page->peer);
    return recvfrom(socket, bytes, sizeof(bytes), MSG_DONTWAIT | MSG_TRUNC, &page->peer.any,
                    &page->peer_length);
}

/* Answer the SIZE bytes that were received, from the address that DATAGRAM was sent to; NULL: from
 * the one of SOCKET. Returns how many bytes were sent, 0 where the service has no answer, or -1. */
static ssize_t answer(struct connection *connection, struct addressed *datagram, int socket,
                      size_t size, bool can_answer)
{
    const struct worker_page *page = connection->page;
    ssize_t length = connection->datagram(connection_handle(connection), &connection->ops->bytes,
                                          bytes, size, sizeof(bytes));

    if (length > (ssize_t)sizeof(bytes))
        return -1; /* by a mistake of a module */
    if (length < 0)
        return connection->runs_program && connection->program != PROGRAM_OK ? -1 : 0;
    if (!can_answer)
        return -1;
    if (datagram != NULL)
        return send_addressed(datagram, socket, (size_t)length);
    return sendto(socket, bytes, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL, &page->peer.any,
                  page->peer_length);
}

/* Count an answer of PUT bytes, or -1 for none. */
static void count_answer(struct worker_page *page, ssize_t put)
{
    if (put < 0) {
        counter_add(&page->counters.dropped, 1);
        return;
    }
    counter_add(&page->counters.requests, 1);
    counter_add(&page->counters.bytes_out, (uint64_t)put);
}

int datagram_serve(struct connection *connection, int socket,
                   const struct datagram_binding *binding)
{
    struct worker_page *page = connection->page;
    struct addressed datagram;
    bool runs_program = connection->runs_program, can_answer;
    ssize_t got, put = -1;
    int64_t took_ns;

    if (binding->any_address)
        got = receive_addressed(page, socket, &datagram);
    else
        got = receive_plain(page, socket);
    if (got < 0)
        return -1;
    if (connection->admits != NULL && !connection->admits(connection))
        return 0;
    connection_begin(connection, runs_program ? socket : -1);
    counter_add(&page->counters.bytes_in, (uint64_t)got);
    can_answer = can_be_answered(&page->peer, page->peer_length, binding);
    if ((size_t)got <= sizeof(bytes) && (can_answer || runs_program))
        put = answer(connection, binding->any_address ? &datagram : NULL, socket, (size_t)got,
                     can_answer);
    count_answer(page, put);
    program_ops_leave(connection);
    took_ns = connection_end(connection);
    if (connection->logs)
        connection_log_datagram(connection, took_ns, put >= 0);
    return 0;
}
