/*
 * endpoint: where a server listens and a client calls. A unix path, an abstract @name, or an inet
 * address and port, to and from a socket address. It resolves no names.
 */
#ifndef PREFORKD_COMMON_ENDPOINT_H
#define PREFORKD_COMMON_ENDPOINT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

union endpoint_address {
    struct sockaddr any;
    struct sockaddr_un unix_domain;
    struct sockaddr_in inet4;
    struct sockaddr_in6 inet6;
};

struct endpoint {
    union endpoint_address address;
    socklen_t length;
    int type;      /* SOCK_STREAM or SOCK_DGRAM */
    bool wildcard; /* `*`: every address, both families by one socket where there is IPv6 */
};

enum {
    ENDPOINT_PATH_MAX = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1,
    ENDPOINT_TEXT_SIZE = ENDPOINT_PATH_MAX + sizeof("unix:@") + 8,
};

/* Set ENDPOINT to the unix PATH, or to an abstract name where it begins with `@`.
 * NULL, or why not; a path that does not fit sun_path is refused, never cut (unix(7)). */
const char *endpoint_set_path(struct endpoint *endpoint, const char *path, int type);

/* Set ENDPOINT to a literal IPv4 or IPv6 address (in brackets or bare), `localhost` or `*`.
 * NULL, or why not. */
const char *endpoint_set_inet(struct endpoint *endpoint, const char *address, uint16_t port,
                              int type);

/* An inet endpoint's port, in host order; 0 for unix. */
uint16_t endpoint_port(const struct endpoint *endpoint);
void endpoint_set_port(struct endpoint *endpoint, uint16_t port);

bool endpoint_is_unix(const struct endpoint *endpoint);

/* Whether it is every address of this host: `*`, 0.0.0.0 or ::. */
bool endpoint_is_any(const struct endpoint *endpoint);

/* The file-system path of a unix endpoint, or NULL: an abstract name leaves no file. */
const char *endpoint_path(const struct endpoint *endpoint);

/* Whether both name the same socket. */
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);

/* Write `unix:/path`, `unix:@name`, `inet:127.0.0.1:80`, `inet:[::1]:80` or `inet:*:80`. */
void endpoint_print(const struct endpoint *endpoint, char text[ENDPOINT_TEXT_SIZE]);

/* The same for a caller's ADDRESS as accept4(2) or recvmsg(2) gave it, without the port's
 * service: `127.0.0.1:4711`, `[::1]:4711`, or `a unix client` for one without a name. Control
 * characters in a name, which is the peer's own choice, are shown as `?`. */
void endpoint_print_peer(const union endpoint_address *address, socklen_t length,
                         char text[ENDPOINT_TEXT_SIZE]);

/* A close-on-exec socket bound to ENDPOINT; inet streams with SO_REUSEADDR, so that connections
 * still in TIME_WAIT do not hold the port (datagrams without: two sockets could bind it). ENDPOINT
 * becomes what was bound: the port that the kernel chose, IPv4 where `*` found no IPv6.
 * -1 with errno, nothing left open. */
int endpoint_bind(struct endpoint *endpoint);

/* Set ENDPOINT to what the socket FD is bound to. 0, or -1 with errno: ENOTSOCK, EAFNOSUPPORT where it
 * is of no family or type that an endpoint has, EDESTADDRREQ where it is not bound. */
int endpoint_of_socket(struct endpoint *endpoint, int fd);

/* A close-on-exec socket connected to ENDPOINT, blocking, within TIMEOUT_NS (IO_NO_DEADLINE waits
 * as long as the kernel does); -1 with errno, nothing left open. A unix queue that is full is
 * waited for, as a blocking connect(2) would. */
int endpoint_connect(const struct endpoint *endpoint, int64_t timeout_ns);

#endif
