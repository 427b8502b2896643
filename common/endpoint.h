/*
 * endpoint: the address on which a server listens and to which a client connects: a unix path, an
 * abstract @name, or an inet address and port. Converts text to socket addresses and back; it
 * resolves no names.
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
    bool wildcard; /* `*`: every address, of both families where there is IPv6 */
};

enum {
    ENDPOINT_PATH_MAX = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1,
    ENDPOINT_TEXT_SIZE = ENDPOINT_PATH_MAX + sizeof("unix:@") + 8,
};

/* Set ENDPOINT to the unix PATH, or to an abstract name if it begins with `@`. Returns NULL; or the
 * reason for a refusal, and ENDPOINT is unchanged. A path that does not fit sun_path is refused,
 * never cut (unix(7)). */
const char *endpoint_set_path(struct endpoint *endpoint, const char *path, int type);

/* Set ENDPOINT to a literal IPv4 or IPv6 address (in brackets or bare), `localhost` or `*`. Returns
 * NULL, or the reason for a refusal. */
const char *endpoint_set_inet(struct endpoint *endpoint, const char *address, uint16_t port,
                              int type);

/* Get or set the port of an inet endpoint, in host order. A unix endpoint has 0 and keeps it. */
uint16_t endpoint_port(const struct endpoint *endpoint);
void endpoint_set_port(struct endpoint *endpoint, uint16_t port);

bool endpoint_is_unix(const struct endpoint *endpoint);

/* Return whether ENDPOINT is every address of this host: `*`, 0.0.0.0 or ::. */
bool endpoint_is_any(const struct endpoint *endpoint);

/* Return the path of a unix endpoint in the file system; NULL for inet, and for an abstract name,
 * which has no file. */
const char *endpoint_path(const struct endpoint *endpoint);

/* Return whether ENDPOINT, which another process has filled, is the address of a bound socket: of a
 * family and type that an endpoint can have, and of that family's length; a path has its NUL. */
bool endpoint_is_valid(const struct endpoint *endpoint);

/* Return whether A and B are the address of one and the same socket. `*` and :: are not: one
 * accepts IPv4 clients as well. */
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);

/* Return whether A and B have a client's address in common, such as 127.0.0.1, 0.0.0.0 and `*` on
 * one port: then the kernel lets only one of them be bound. Port 0 has none. */
bool endpoint_overlaps(const struct endpoint *a, const struct endpoint *b);

/* Return whether a peer with ADDRESS, as recvmsg(2) gave it, may be the socket that is bound to
 * ENDPOINT. Where that is every address of this host, the port decides. */
bool endpoint_is_peer(const struct endpoint *endpoint, const union endpoint_address *address,
                      socklen_t length);

/* Write to TEXT `unix:/path`, `unix:@name`, `inet:127.0.0.1:80`, `inet:[::1]:80` or `inet:*:80`. */
void endpoint_print(const struct endpoint *endpoint, char text[ENDPOINT_TEXT_SIZE]);

/* Write a peer's ADDRESS, as accept4(2) or recvmsg(2) gave it, to TEXT: `127.0.0.1:4711`,
 * `[::1]:4711`, a path or @name, or `a unix client` if it has no name. Control characters in a
 * name, which the peer chooses, are shown as `?`. */
void endpoint_print_peer(const union endpoint_address *address, socklen_t length,
                         char text[ENDPOINT_TEXT_SIZE]);

/* Return a close-on-exec socket bound to ENDPOINT; -1 with errno, and nothing left open. ENDPOINT
 * becomes what was bound: the port that the kernel chose, IPv4 where `*` found no IPv6. Inet
 * streams get SO_REUSEADDR, so that connections in TIME_WAIT do not hold the port; datagrams do
 * not, as two sockets could bind it then. */
int endpoint_bind(struct endpoint *endpoint);

/* The same for an inet ENDPOINT that overlaps with sockets of this user. SO_REUSEPORT is set, and
 * has to be set on them too (socket(7)). */
int endpoint_bind_beside(struct endpoint *endpoint);

/* Set ENDPOINT to what the socket FD is bound to. Returns 0, or -1 with errno: ENOTSOCK,
 * EAFNOSUPPORT for a family or type that no endpoint has, EDESTADDRREQ if FD is not bound. */
int endpoint_of_socket(struct endpoint *endpoint, int fd);

/* Return a blocking, close-on-exec socket connected to ENDPOINT within TIMEOUT_NS (IO_NO_DEADLINE:
 * as long as the kernel takes); -1 with errno, and nothing left open. Waits for room in a full unix
 * queue, as a blocking connect(2) does. */
int endpoint_connect(const struct endpoint *endpoint, int64_t timeout_ns);

#endif
