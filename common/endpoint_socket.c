/*
 * endpoint_socket: an endpoint as a socket that is bound or connected; see endpoint.h.
 */
#include <errno.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/endpoint.h"
#include "common/io.h"

/* Return a socket bound to ENDPOINT as it is, BESIDE others of its port or not; -1 with errno. */
static int bind_exactly(const struct endpoint *endpoint, bool beside)
{
    static const int on = 1, off = 0;
    int family = endpoint->address.any.sa_family, cause;
    int fd = socket(family, endpoint->type | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (family != AF_UNIX && endpoint->type == SOCK_STREAM &&
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
        goto undo;
    if (beside && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0)
        goto undo;
    if (family == AF_INET6 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, endpoint->wildcard ? &off : &on, sizeof(on)) < 0)
        goto undo;
    if (bind(fd, &endpoint->address.any, endpoint->length) == 0)
        return fd;
undo:
    cause = errno;
    close(fd);
    errno = cause;
    return -1;
}

static int bind_as_can_be(struct endpoint *endpoint, bool beside)
{
    int fd = bind_exactly(endpoint, beside);

    if (fd < 0 && endpoint->wildcard && endpoint->address.any.sa_family == AF_INET6 &&
        (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
        uint16_t port = endpoint_port(endpoint);

        endpoint_set_inet(endpoint, "0.0.0.0", port, endpoint->type);
        endpoint->wildcard = true;
        fd = bind_exactly(endpoint, beside);
    }
    if (fd >= 0 && !endpoint_is_unix(endpoint)) {
        socklen_t length = sizeof(endpoint->address);

        /* Cannot fail for a socket just bound and room for its address (getsockname(2)). */
        getsockname(fd, &endpoint->address.any, &length);
    }
    return fd;
}

int endpoint_bind(struct endpoint *endpoint)
{
    return bind_as_can_be(endpoint, false);
}

int endpoint_bind_beside(struct endpoint *endpoint)
{
    return bind_as_can_be(endpoint, true);
}

/* Return whether clients can connect to ENDPOINT: an unbound unix socket is unnamed (unix(7)). */
static bool is_bound(const struct endpoint *endpoint)
{
    return endpoint_is_unix(endpoint) ? endpoint->length > offsetof(struct sockaddr_un, sun_path)
                                      : endpoint_port(endpoint) != 0;
}

/* Return whether FD accepts clients of both families (ipv6(7)). */
static bool is_dual(const struct endpoint *endpoint, int fd)
{
    int only = 1;
    socklen_t length = sizeof(only);

    return endpoint->address.any.sa_family == AF_INET6 && endpoint_is_any(endpoint) &&
           getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &length) == 0 && only == 0;
}

int endpoint_of_socket(struct endpoint *endpoint, int fd)
{
    socklen_t length = sizeof(endpoint->type);

    *endpoint = (struct endpoint){.length = sizeof(endpoint->address)};
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &endpoint->type, &length) < 0 ||
        getsockname(fd, &endpoint->address.any, &endpoint->length) < 0)
        return -1;
    switch (endpoint->address.any.sa_family) {
    case AF_UNIX:
    case AF_INET:
    case AF_INET6:
        break;
    default:
        errno = EAFNOSUPPORT;
        return -1;
    }
    if (endpoint->type != SOCK_STREAM && endpoint->type != SOCK_DGRAM) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    endpoint->wildcard = is_dual(endpoint, fd);
    if (is_bound(endpoint))
        return 0;
    errno = EDESTADDRREQ;
    return -1;
}

/* Limit how long a blocking connect(2) may take; 0: no limit (socket(7), SO_SNDTIMEO). */
static int set_connect_timeout(int fd, int64_t us)
{
    struct timeval timeout = {.tv_sec = us / 1000000, .tv_usec = us % 1000000};

    return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
}

int endpoint_connect(const struct endpoint *endpoint, int64_t timeout_ns)
{
    bool bounded = timeout_ns != IO_NO_DEADLINE;
    int64_t us = timeout_ns < NS_PER_US ? 1 : timeout_ns / NS_PER_US;
    int fd = socket(endpoint->address.any.sa_family, endpoint->type | SOCK_CLOEXEC, 0);
    int cause;

    if (fd < 0)
        return -1;
    if ((!bounded || set_connect_timeout(fd, us) == 0) &&
        connect(fd, &endpoint->address.any, endpoint->length) == 0 &&
        (!bounded || set_connect_timeout(fd, 0) == 0))
        return fd;
    cause = errno == EAGAIN || errno == EINPROGRESS ? ETIMEDOUT : errno;
    close(fd);
    errno = cause;
    return -1;
}
