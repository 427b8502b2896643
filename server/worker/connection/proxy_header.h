/*
 * proxy_header: the header of the PROXY protocol, versions 1 and 2, by which a proxy says in front
 * of a connection's first byte whose connection it is (HAProxy's doc/proxy-protocol.txt).
 */
#ifndef PREFORKD_SERVER_WORKER_CONNECTION_PROXY_HEADER_H
#define PREFORKD_SERVER_WORKER_CONNECTION_PROXY_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "common/endpoint.h"

enum {
    PROXY_LINE_MAX = 107, /* a header of version 1, CR LF included */

    /* As many bytes of a header as matter: in version 2, the addresses of unix sockets. */
    PROXY_HEADER_ROOM = 16 + 2 * 108,
};

enum proxy_verdict { PROXY_INCOMPLETE, PROXY_COMPLETE, PROXY_MALFORMED };

struct proxy_header {
    size_t length;      /* of all of it, which may be more than PROXY_HEADER_ROOM */
    bool has_addresses; /* those that follow; else the socket's own are the connection's */
    union endpoint_address source, destination;
    socklen_t source_length, destination_length;
};

/* Parse the first SIZE BYTES of a connection, at most PROXY_HEADER_ROOM. Incomplete: each of them
 * belongs to the header, and there is more. Complete: HEADER is set. */
enum proxy_verdict proxy_header_parse(const unsigned char *bytes, size_t size,
                                      struct proxy_header *header);

#endif
