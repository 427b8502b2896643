/*
 * endpoint: see endpoint.h.
 */
#include "common/endpoint.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"

const char *endpoint_set_path(struct endpoint *endpoint, const char *path, int type)
{
    struct sockaddr_un *unix_domain = &endpoint->address.unix_domain;
    bool abstract = path[0] == '@';
    size_t length = strlen(path);

    if (length == 0 || (abstract && length == 1))
        return "is empty";
    /* An abstract name has a zero byte where `@` stands, and none at its end. */
    if (length > ENDPOINT_PATH_MAX + (size_t)abstract)
        return "is too long for a unix socket";
    memset(endpoint, 0, sizeof(*endpoint));
    endpoint->type = type;
    unix_domain->sun_family = AF_UNIX;
    memcpy(unix_domain->sun_path, path, length);
    if (abstract)
        unix_domain->sun_path[0] = '\0';
    endpoint->length =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (abstract ? 0 : 1));
    return NULL;
}

static void set_inet4(struct endpoint *endpoint, struct in_addr address)
{
    endpoint->address.inet4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = address};
    endpoint->length = sizeof(endpoint->address.inet4);
}

static void set_inet6(struct endpoint *endpoint, struct in6_addr address)
{
    endpoint->address.inet6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr = address};
    endpoint->length = sizeof(endpoint->address.inet6);
}

/* Return ADDRESS without its brackets, if it has any. */
static const char *without_brackets(const char *address, char bare[INET6_ADDRSTRLEN])
{
    size_t length = strlen(address);

    if (address[0] != '[' || address[length - 1] != ']' || length - 2 >= INET6_ADDRSTRLEN)
        return address;
    memcpy(bare, address + 1, length - 2);
    bare[length - 2] = '\0';
    return bare;
}

const char *endpoint_set_inet(struct endpoint *endpoint, const char *address, uint16_t port,
                              int type)
{
    char bare[INET6_ADDRSTRLEN];
    struct in_addr inet4 = {.s_addr = htonl(INADDR_LOOPBACK)};
    struct in6_addr inet6 = IN6ADDR_ANY_INIT;

    memset(endpoint, 0, sizeof(*endpoint));
    endpoint->type = type;
    endpoint->wildcard = strcmp(address, "*") == 0;
    if (strcmp(address, "localhost") == 0 || inet_pton(AF_INET, address, &inet4) == 1)
        set_inet4(endpoint, inet4);
    else if (endpoint->wildcard ||
             inet_pton(AF_INET6, without_brackets(address, bare), &inet6) == 1)
        set_inet6(endpoint, inet6);
    else
        return "is not an IPv4 or IPv6 address, localhost or *";
    endpoint_set_port(endpoint, port);
    return NULL;
}

bool endpoint_is_unix(const struct endpoint *endpoint)
{
    return endpoint->address.any.sa_family == AF_UNIX;
}

bool endpoint_is_any(const struct endpoint *endpoint)
{
    const union endpoint_address *address = &endpoint->address;

    if (address->any.sa_family == AF_INET)
        return address->inet4.sin_addr.s_addr == htonl(INADDR_ANY);
    return address->any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&address->inet6.sin6_addr);
}

uint16_t endpoint_port(const struct endpoint *endpoint)
{
    switch (endpoint->address.any.sa_family) {
    case AF_INET:
        return ntohs(endpoint->address.inet4.sin_port);
    case AF_INET6:
        return ntohs(endpoint->address.inet6.sin6_port);
    default:
        return 0;
    }
}

void endpoint_set_port(struct endpoint *endpoint, uint16_t port)
{
    if (endpoint->address.any.sa_family == AF_INET)
        endpoint->address.inet4.sin_port = htons(port);
    else if (endpoint->address.any.sa_family == AF_INET6)
        endpoint->address.inet6.sin6_port = htons(port);
}

const char *endpoint_path(const struct endpoint *endpoint)
{
    const char *path = endpoint->address.unix_domain.sun_path;

    return endpoint_is_unix(endpoint) && path[0] != '\0' ? path : NULL;
}

bool endpoint_is_valid(const struct endpoint *endpoint)
{
    const size_t name = offsetof(struct sockaddr_un, sun_path);
    const char *path = endpoint->address.unix_domain.sun_path;

    if (endpoint->type != SOCK_STREAM && endpoint->type != SOCK_DGRAM)
        return false;
    switch (endpoint->address.any.sa_family) {
    case AF_UNIX:
        return endpoint->length > name && endpoint->length <= sizeof(endpoint->address) &&
               (path[0] == '\0' || memchr(path, '\0', endpoint->length - name) != NULL);
    case AF_INET:
        return endpoint->length == sizeof(endpoint->address.inet4);
    case AF_INET6:
        return endpoint->length == sizeof(endpoint->address.inet6);
    default:
        return false;
    }
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
    bool is_inet6 = a->address.any.sa_family == AF_INET6;

    return a->length == b->length && (endpoint_is_unix(a) || a->type == b->type) &&
           memcmp(&a->address, &b->address, a->length) == 0 &&
           (!is_inet6 || a->wildcard == b->wildcard);
}

/* Return whether A and B, of the same port, have an IPv4 or an IPv6 address in common. */
static bool addresses_overlap(const struct endpoint *a, const struct endpoint *b)
{
    const union endpoint_address *one = &a->address, *other = &b->address;

    if (one->any.sa_family != other->any.sa_family)
        return one->any.sa_family == AF_INET6 ? a->wildcard : b->wildcard;
    if (endpoint_is_any(a) || endpoint_is_any(b))
        return true;
    return one->any.sa_family == AF_INET
               ? one->inet4.sin_addr.s_addr == other->inet4.sin_addr.s_addr
               : IN6_ARE_ADDR_EQUAL(&one->inet6.sin6_addr, &other->inet6.sin6_addr);
}

bool endpoint_overlaps(const struct endpoint *a, const struct endpoint *b)
{
    if (endpoint_is_unix(a) || endpoint_is_unix(b))
        return endpoint_equal(a, b);
    return a->type == b->type && endpoint_port(a) == endpoint_port(b) && endpoint_port(a) != 0 &&
           addresses_overlap(a, b);
}

static in_port_t inet_port(const union endpoint_address *address)
{
    return address->any.sa_family == AF_INET ? address->inet4.sin_port : address->inet6.sin6_port;
}

/* Return the host of an inet ADDRESS; an IPv4 one as ::ffff:ADDRESS, as a socket of both families
 * has it. */
static struct in6_addr inet_host(const union endpoint_address *address)
{
    struct in6_addr host = {.s6_addr = {[10] = 0xff, [11] = 0xff}};

    if (address->any.sa_family != AF_INET)
        return address->inet6.sin6_addr;
    memcpy(&host.s6_addr[12], &address->inet4.sin_addr, sizeof(address->inet4.sin_addr));
    return host;
}

bool endpoint_is_peer(const struct endpoint *endpoint, const union endpoint_address *address,
                      socklen_t length)
{
    struct in6_addr own, other;

    if (endpoint_is_unix(endpoint))
        return length == endpoint->length && memcmp(address, &endpoint->address, length) == 0;
    if (length <= sizeof(address->any.sa_family) || address->any.sa_family == AF_UNIX ||
        inet_port(address) != inet_port(&endpoint->address))
        return false;
    own = inet_host(&endpoint->address);
    other = inet_host(address);
    return endpoint_is_any(endpoint) || memcmp(&own, &other, sizeof(own)) == 0;
}

/* Print `127.0.0.1:80` or `[::1]:80`. */
static void print_inet(const union endpoint_address *address, char *text, size_t size)
{
    char host[INET6_ADDRSTRLEN];

    if (address->any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &address->inet4.sin_addr, host, sizeof(host));
        snprintf(text, size, "%s:%u", host, ntohs(address->inet4.sin_port));
    } else {
        inet_ntop(AF_INET6, &address->inet6.sin6_addr, host, sizeof(host));
        snprintf(text, size, "[%s]:%u", host, ntohs(address->inet6.sin6_port));
    }
}

/* Print a path, or an abstract name with its `@`; control characters as `?`. */
static void print_unix(const struct sockaddr_un *address, socklen_t length, char *text, size_t size)
{
    size_t name = length - offsetof(struct sockaddr_un, sun_path), i;
    bool abstract = address->sun_path[0] == '\0';

    if (name > sizeof(address->sun_path))
        name = sizeof(address->sun_path);
    for (i = 0; i < name && i < size - 1; i++) {
        char byte = address->sun_path[i];

        if (byte == '\0' && !abstract)
            break;
        text[i] = text_is_control(byte) ? '?' : byte;
    }
    text[i] = '\0';
    if (abstract)
        text[0] = '@';
}

void endpoint_print(const struct endpoint *endpoint, char text[ENDPOINT_TEXT_SIZE])
{
    static const char scheme_unix[] = "unix:", scheme_inet[] = "inet:";
    const size_t prefix = sizeof(scheme_unix) - 1;

    memcpy(text, endpoint_is_unix(endpoint) ? scheme_unix : scheme_inet, prefix);
    if (endpoint_is_unix(endpoint))
        print_unix(&endpoint->address.unix_domain, endpoint->length, text + prefix,
                   ENDPOINT_TEXT_SIZE - prefix);
    else if (endpoint->wildcard)
        snprintf(text + prefix, ENDPOINT_TEXT_SIZE - prefix, "*:%u", endpoint_port(endpoint));
    else
        print_inet(&endpoint->address, text + prefix, ENDPOINT_TEXT_SIZE - prefix);
}

void endpoint_print_peer(const union endpoint_address *address, socklen_t length,
                         char text[ENDPOINT_TEXT_SIZE])
{
    /* recvmsg(2) leaves ADDRESS alone where the length is 0. */
    if (length <= offsetof(struct sockaddr_un, sun_path))
        snprintf(text, ENDPOINT_TEXT_SIZE, "a unix client");
    else if (address->any.sa_family == AF_UNIX)
        print_unix(&address->unix_domain, length, text, ENDPOINT_TEXT_SIZE);
    else
        print_inet(address, text, ENDPOINT_TEXT_SIZE);
}
