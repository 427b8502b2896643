/*
 * discard: read requests and answer nothing (RFC 863).
 */
#include "server/service/service.h"

enum { REQUEST_SIZE = 65536 };

static void discard_stream(struct connection *connection, const struct connection_ops *ops)
{
    static unsigned char bytes[REQUEST_SIZE]; /* a worker has one connection */

    while (ops->read_request(connection, bytes, sizeof(bytes)) > 0)
        ;
}

static ssize_t discard_datagram(unsigned char *bytes, size_t size, size_t room)
{
    (void)bytes;
    (void)size;
    (void)room;
    return -1;
}

const struct service service_discard = {
    .name = "discard",
    .client_speaks_first = true,
    .stream = discard_stream,
    .datagram = discard_datagram,
};
