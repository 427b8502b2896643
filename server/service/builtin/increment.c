/*
 * increment: send back each byte plus one, modulo 256. This is the service of the article.
 */
#include "server/service/service.h"

enum { REQUEST_SIZE = 4096 };

static void increment(unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i]++;
}

static void increment_stream(struct connection *connection, const struct connection_ops *ops)
{
    static unsigned char bytes[REQUEST_SIZE]; /* a worker has one connection */
    size_t size;

    while ((size = ops->read_request(connection, bytes, sizeof(bytes))) > 0) {
        increment(bytes, size);
        if (ops->answer(connection, bytes, size) < 0)
            return;
    }
}

static ssize_t increment_datagram(unsigned char *bytes, size_t size, size_t room)
{
    (void)room;
    increment(bytes, size);
    return (ssize_t)size;
}

const struct service service_increment = {
    .name = "increment",
    .client_speaks_first = true,
    .stream = increment_stream,
    .datagram = increment_datagram,
};
