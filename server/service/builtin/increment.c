/*
 * increment: send back each byte plus one, modulo 256. This is the service of the article.
 */
#include <preforkd/service.h>

enum { REQUEST_SIZE = 4096 };

static void increment(unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i]++;
}

static void increment_stream(struct preforkd_connection *connection,
                             const struct preforkd_operations *operations)
{
    static unsigned char bytes[REQUEST_SIZE]; /* a worker has one connection */
    size_t size;

    while ((size = operations->request(connection, bytes, sizeof(bytes))) > 0) {
        increment(bytes, size);
        if (operations->answer(connection, bytes, size) < 0)
            return;
    }
}

static ssize_t increment_datagram(struct preforkd_connection *connection,
                                  const struct preforkd_operations *operations,
                                  unsigned char *bytes, size_t size, size_t room)
{
    (void)connection;
    (void)operations;
    (void)room;
    increment(bytes, size);
    return (ssize_t)size;
}

const struct preforkd_service service_increment = {
    .abi = PREFORKD_ABI,
    .client_speaks_first = true,
    .stream = increment_stream,
    .datagram = increment_datagram,
};
