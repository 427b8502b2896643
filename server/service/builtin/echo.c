/*
 * echo: send back what was received (RFC 862).
 */
#include "server/service/service.h"

enum { REQUEST_SIZE = 16384 };

static void echo_stream(struct connection *connection, const struct connection_ops *ops)
{
    static unsigned char bytes[REQUEST_SIZE]; /* a worker has one connection */
    size_t size;

    while ((size = ops->read_request(connection, bytes, sizeof(bytes))) > 0) {
        if (ops->answer(connection, bytes, size) < 0)
            return;
    }
}

static ssize_t echo_datagram(unsigned char *bytes, size_t size, size_t room)
{
    (void)bytes;
    (void)room;
    return (ssize_t)size;
}

const struct service service_echo = {
    .name = "echo",
    .client_speaks_first = true,
    .stream = echo_stream,
    .datagram = echo_datagram,
};
