/*
 * listener_options: see listener_options.h.
 */
#include "server/net/listener_options.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "common/log.h"

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83 /* Linux 6.16; libc may have no name for it */
#endif

enum { DEFER_ACCEPT_AUTO_S = 5, NO_INTERFACE = INT_MAX };

static int set_option(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof(value));
}

/* Return for how long the kernel may hold a connection back, in whole seconds; 0: not at all. A
 * proxy always speaks first. */
static int defer_accept_s(const struct pool_config *config, bool client_speaks_first)
{
    client_speaks_first |= config->proxy_protocol == PROXY_REQUIRED;
    if (config->defer_accept_ns == DEFER_ACCEPT_AUTO)
        return client_speaks_first ? DEFER_ACCEPT_AUTO_S : 0;
    return (int)((config->defer_accept_ns + NS_PER_S - 1) / NS_PER_S);
}

/* Accepted sockets inherit TCP_NODELAY: an answer leaves at once, whatever was sent before it. Not
 * where a program writes, perhaps in small pieces: 8 KiB in lines are 2.5 times as fast without. */
static int set_stream_options(int fd, const struct pool_config *config, bool client_speaks_first)
{
    int defer_s = defer_accept_s(config, client_speaks_first);

    if (set_option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, defer_s) < 0)
        return -1;
    return set_option(fd, IPPROTO_TCP, TCP_NODELAY, !config->runs_program);
}

/* Ask for the address that each datagram was sent to, so that the answer comes from there. A socket
 * bound to one address answers from it anyway, and asking costs time for each datagram. */
static int set_datagram_options(int fd, const struct endpoint *endpoint)
{
    if (!endpoint_is_any(endpoint))
        return 0;
    return endpoint->address.any.sa_family == AF_INET6
               ? set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
               : set_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
}

/* Keep clients of a unix socket from sending descriptors where no program has the socket, to
 * receive them: the end of a connection that was sent along may wait for long, and the worker
 * with it. A kernel before Linux 6.16 does not know the option. */
static void set_descriptor_passing(int fd, const struct pool_config *config)
{
    set_option(fd, SOL_SOCKET, SO_PASSRIGHTS, !config->moves_bytes);
}

static int set_options(int fd, const struct endpoint *endpoint, const struct pool_config *config,
                       bool client_speaks_first)
{
    if (config->mode == MODE_UNIX) {
        set_descriptor_passing(fd, config);
        return 0;
    }
    return config->type == SOCK_STREAM ? set_stream_options(fd, config, client_speaks_first)
                                       : set_datagram_options(fd, endpoint);
}

/* Log a warning if the kernel gives the accept queue less than the backlog (listen(2)). */
static void warn_if_capped(const struct pool_config *config)
{
    FILE *file = fopen("/proc/sys/net/core/somaxconn", "re");
    int limit = 0;

    if (file == NULL)
        return;
    if (fscanf(file, "%d", &limit) == 1 && limit < config->backlog)
        warnx("pool %s: backlog %lld is capped to %d by net.core.somaxconn", config->name,
              (long long)config->backlog, limit);
    fclose(file);
}

int listener_options_apply(int fd, const struct endpoint *endpoint,
                           const struct pool_config *config, bool client_speaks_first)
{
    if (set_options(fd, endpoint, config, client_speaks_first) < 0)
        return -1;
    if (config->type != SOCK_STREAM)
        return 0;
    if (listen(fd, (int)config->backlog) < 0)
        return -1;
    warn_if_capped(config);
    return 0;
}

/* Bind a stream to an interface that does not exist: each attempt to connect is refused then, as at
 * a port without a listener, and a handshake that had begun goes on, for the kernel looks that up
 * by its client. A worker without CAP_NET_RAW cannot undo it. Answers to datagrams leave by the
 * socket itself, which has to have a route: there a filter drops what arrives, locked, so that no
 * worker can take it away. */
int listener_options_refuse(int fd, int type)
{
    static struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, 0);
    const struct sock_fprog drop_all = {1, &all};

    if (type == SOCK_STREAM)
        return set_option(fd, SOL_SOCKET, SO_BINDTOIFINDEX, NO_INTERFACE);
    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &drop_all, sizeof(drop_all)) < 0)
        return -1;
    return set_option(fd, SOL_SOCKET, SO_LOCK_FILTER, 1);
}

void listener_options_share_port(int fd, bool share)
{
    set_option(fd, SOL_SOCKET, SO_REUSEPORT, share);
}

int listener_options_set_blocking(int fd, bool blocks)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0)
        return -1;
    return fcntl(fd, F_SETFL, blocks ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}
