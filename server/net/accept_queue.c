/*
 * accept_queue: see accept_queue.h. Nothing here waits: the kernel puts the answer into the netlink
 * socket before sendto(2) returns.
 */
#include "server/net/accept_queue.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct question {
    struct nlmsghdr header;
    struct unix_diag_req request;
};

/* For a listener the kernel puts the queue's length and limit into two fields that have other
 * meanings for a connection. */
static int look_at_tcp(int fd, struct queue_depth *depth)
{
    struct tcp_info info;
    socklen_t length = sizeof(info);

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
        return -1;
    *depth = (struct queue_depth){.length = info.tcpi_unacked, .limit = info.tcpi_sacked};
    return 0;
}

/* Ask for the queue lengths of the unix socket with INODE. Returns 0, or -1 with errno. */
static int ask(int netlink, ino_t inode)
{
    struct question question = {
        .header = {.nlmsg_len = sizeof(question),
                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST},
        .request = {.sdiag_family = AF_UNIX,
                    .udiag_states = UINT32_MAX,
                    .udiag_ino = (uint32_t)inode,
                    .udiag_show = UDIAG_SHOW_RQLEN,
                    .udiag_cookie = {UINT32_MAX, UINT32_MAX}},
    };
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

    return sendto(netlink, &question, sizeof(question), 0, (const struct sockaddr *)&kernel,
                  sizeof(kernel)) == sizeof(question)
               ? 0
               : -1;
}

/* Read the lengths from ANSWER, which has SIZE bytes. They are the only attribute that was asked
 * for, so they come first. Returns 0, or -1 if ANSWER has none. */
static int read_answer(const char *answer, size_t size, struct queue_depth *depth)
{
    struct {
        struct nlmsghdr header;
        struct unix_diag_msg message;
        struct rtattr attribute;
        struct unix_diag_rqlen lengths;
    } found;

    if (size < sizeof(found))
        return -1;
    memcpy(&found, answer, sizeof(found));
    if (found.header.nlmsg_type != SOCK_DIAG_BY_FAMILY ||
        found.attribute.rta_type != UNIX_DIAG_RQLEN)
        return -1;
    *depth = (struct queue_depth){.length = found.lengths.udiag_rqueue,
                                  .limit = found.lengths.udiag_wqueue};
    return 0;
}

static int look_at_unix(int fd, struct queue_depth *depth)
{
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
    char answer[512];
    struct stat status;
    ssize_t got = -1;
    int found = -1;

    if (netlink < 0)
        return -1;
    if (fstat(fd, &status) == 0 && ask(netlink, status.st_ino) == 0)
        got = recv(netlink, answer, sizeof(answer), 0);
    if (got > 0)
        found = read_answer(answer, (size_t)got, depth);
    close(netlink);
    return found;
}

int accept_queue_look(int fd, const struct endpoint *endpoint, struct queue_depth *depth)
{
    return endpoint_is_unix(endpoint) ? look_at_unix(fd, depth) : look_at_tcp(fd, depth);
}

/* Look for a datagram at FD, and leave it there. */
static int64_t count_datagrams(int fd)
{
    char byte;

    if (recv(fd, &byte, 0, MSG_PEEK | MSG_DONTWAIT) >= 0)
        return 1;
    return errno == EAGAIN ? 0 : ACCEPT_QUEUE_UNKNOWN;
}

int64_t accept_queue_count(int fd, const struct endpoint *endpoint)
{
    struct queue_depth depth;

    if (endpoint->type != SOCK_STREAM)
        return count_datagrams(fd);
    return accept_queue_look(fd, endpoint, &depth) < 0 ? ACCEPT_QUEUE_UNKNOWN : depth.length;
}
