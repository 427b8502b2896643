/*
 * proxy_header: see proxy_header.h.
 */
#include "server/worker/connection/proxy_header.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

static const char line_start[] = "PROXY ";
static const unsigned char signature[12] = "\r\n\r\n\0\r\nQUIT\n";

enum { FIXED_SIZE = 16, UNIX_NAME_SIZE = 108, PORT_DIGITS = 5 };

_Static_assert(UNIX_NAME_SIZE == sizeof(((struct sockaddr_un *)NULL)->sun_path),
               "the protocol has the names of unix(7)");

/* The bits of the 13th and the 14th byte. */
enum { VERSION_2 = 2, COMMAND_LOCAL = 0, COMMAND_PROXY = 1 };
enum { FAMILY_UNSPECIFIED, FAMILY_INET, FAMILY_INET6, FAMILY_UNIX, FAMILIES };
enum { TRANSPORT_UNSPECIFIED, TRANSPORT_STREAM, TRANSPORT_DATAGRAM, TRANSPORTS };

static socklen_t set_host(union endpoint_address *address, int family, const void *host,
                          in_port_t port)
{
    if (family == AF_INET) {
        address->inet4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port};
        memcpy(&address->inet4.sin_addr, host, sizeof(address->inet4.sin_addr));
        return sizeof(address->inet4);
    }
    address->inet6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = port};
    memcpy(&address->inet6.sin6_addr, host, sizeof(address->inet6.sin6_addr));
    return sizeof(address->inet6);
}

/* A name ends with its last byte that is not zero; an abstract one begins with a zero byte. */
static socklen_t set_unix(union endpoint_address *address, const unsigned char *name)
{
    size_t length = UNIX_NAME_SIZE;

    memset(address, 0, sizeof(*address));
    address->unix_domain.sun_family = AF_UNIX;
    memcpy(address->unix_domain.sun_path, name, length);
    while (length > 0 && name[length - 1] == 0)
        length--;
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

/* Set the addresses of HEADER from BYTES, the part behind the 16th: two hosts and two ports, or two
 * names. */
static void set_addresses(struct proxy_header *header, unsigned int family,
                          const unsigned char *bytes)
{
    size_t size = family == FAMILY_INET    ? sizeof(struct in_addr)
                  : family == FAMILY_INET6 ? sizeof(struct in6_addr)
                                           : UNIX_NAME_SIZE;
    int kind = family == FAMILY_INET ? AF_INET : AF_INET6;
    in_port_t ports[2];

    header->has_addresses = true;
    if (family == FAMILY_UNIX) {
        header->source_length = set_unix(&header->source, bytes);
        header->destination_length = set_unix(&header->destination, bytes + size);
        return;
    }
    memcpy(ports, bytes + 2 * size, sizeof(ports));
    header->source_length = set_host(&header->source, kind, bytes, ports[0]);
    header->destination_length = set_host(&header->destination, kind, bytes + size, ports[1]);
}

/* Version 2. LOCAL is a connection of the proxy's own, and what else its header says is ignored.
 * What is not a stream has no address here, and what stands behind the addresses (TLVs) is not
 * looked at. */
static enum proxy_verdict parse_binary(const unsigned char *bytes, size_t size,
                                       struct proxy_header *header)
{
    static const size_t sizes[FAMILIES] = {0, 12, 36, 216};
    unsigned int family, transport, command;
    size_t length;

    if (size > sizeof(signature) &&
        (bytes[12] >> 4 != VERSION_2 || (bytes[12] & 15) > COMMAND_PROXY))
        return PROXY_MALFORMED;
    if (size < FIXED_SIZE)
        return PROXY_INCOMPLETE;
    command = bytes[12] & 15;
    family = bytes[13] >> 4;
    transport = bytes[13] & 15;
    length = (size_t)(bytes[14] << 8 | bytes[15]);
    header->length = FIXED_SIZE + length;
    if (command == COMMAND_LOCAL)
        return PROXY_COMPLETE;
    if (family >= FAMILIES || transport >= TRANSPORTS)
        return PROXY_MALFORMED;
    if (family == FAMILY_UNSPECIFIED || transport == TRANSPORT_UNSPECIFIED)
        return PROXY_COMPLETE;
    if (length < sizes[family])
        return PROXY_MALFORMED;
    if (size < FIXED_SIZE + sizes[family])
        return PROXY_INCOMPLETE;
    if (transport == TRANSPORT_STREAM)
        set_addresses(header, family, bytes + FIXED_SIZE);
    return PROXY_COMPLETE;
}

/* Read a port, in decimal and without leading zeroes, up to END. Returns whether it is one. */
static bool read_port(const char *text, const char *end, in_port_t *port)
{
    unsigned int value = 0;

    if (end == text || end - text > PORT_DIGITS || (*text == '0' && end - text > 1))
        return false;
    for (; text < end; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (unsigned int)(*text - '0');
    }
    *port = htons((uint16_t)value);
    return value <= UINT16_MAX;
}

/* Read `SOURCE DESTINATION PORT PORT`, with one blank between each two, from TEXT, in which blanks
 * become zero bytes. */
static enum proxy_verdict parse_addresses(char *text, int family, struct proxy_header *header)
{
    char *fields[4];
    struct in6_addr hosts[2]; /* of either family */
    in_port_t ports[2];

    for (size_t i = 0; i < 4; i++) {
        fields[i] = text;
        text += strcspn(text, " ");
        if ((*text == ' ') != (i < 3))
            return PROXY_MALFORMED;
        *text++ = '\0';
    }
    for (size_t i = 0; i < 2; i++) {
        const char *port = fields[2 + i];

        if (inet_pton(family, fields[i], &hosts[i]) != 1 ||
            !read_port(port, port + strlen(port), &ports[i]))
            return PROXY_MALFORMED;
    }
    header->has_addresses = true;
    header->source_length = set_host(&header->source, family, &hosts[0], ports[0]);
    header->destination_length = set_host(&header->destination, family, &hosts[1], ports[1]);
    return PROXY_COMPLETE;
}

/* Version 1: a line of text. What follows UNKNOWN is ignored. */
static enum proxy_verdict parse_line(const unsigned char *bytes, size_t size,
                                     struct proxy_header *header)
{
    const unsigned char *end = memchr(bytes, '\n', size < PROXY_LINE_MAX ? size : PROXY_LINE_MAX);
    char line[PROXY_LINE_MAX + 1], *text = line + sizeof(line_start) - 1;
    size_t length;

    if (end == NULL)
        return size < PROXY_LINE_MAX ? PROXY_INCOMPLETE : PROXY_MALFORMED;
    header->length = (size_t)(end - bytes) + 1;
    if (end[-1] != '\r')
        return PROXY_MALFORMED;
    length = header->length - 2;
    memcpy(line, bytes, length);
    line[length] = '\0';
    if (strncmp(text, "UNKNOWN", 7) == 0 && (text[7] == ' ' || text + 7 == line + length))
        return PROXY_COMPLETE;
    if (strlen(line) != length)
        return PROXY_MALFORMED;
    if (strncmp(text, "TCP4 ", 5) == 0)
        return parse_addresses(text + 5, AF_INET, header);
    return strncmp(text, "TCP6 ", 5) == 0 ? parse_addresses(text + 5, AF_INET6, header)
                                          : PROXY_MALFORMED;
}

enum proxy_verdict proxy_header_parse(const unsigned char *bytes, size_t size,
                                      struct proxy_header *header)
{
    const size_t start = sizeof(line_start) - 1;

    header->has_addresses = false;
    header->length = 0;
    if (memcmp(bytes, line_start, size < start ? size : start) == 0)
        return size < start ? PROXY_INCOMPLETE : parse_line(bytes, size, header);
    if (memcmp(bytes, signature, size < sizeof(signature) ? size : sizeof(signature)) == 0)
        return parse_binary(bytes, size, header);
    return PROXY_MALFORMED;
}
