/*
 * echo: send back what was received (RFC 862).
 */
#include <preforkd/service.h>

enum { REQUEST_SIZE = 16384 };

static void echo_stream(struct preforkd_connection *connection,
                        const struct preforkd_operations *operations)
{
    static unsigned char bytes[REQUEST_SIZE]; /* a worker has one connection */
    size_t size;

    while ((size = operations->request(connection, bytes, sizeof(bytes))) > 0) {
        if (operations->answer(connection, bytes, size) < 0)
            return;
    }
}

static ssize_t echo_datagram(struct preforkd_connection *connection,
                             const struct preforkd_operations *operations, unsigned char *bytes,
                             size_t size, size_t room)
{
    (void)connection;
    (void)operations;
    (void)bytes;
    (void)room;
    return (ssize_t)size;
}

const struct preforkd_service service_echo = {
    .abi = PREFORKD_ABI,
    .client_speaks_first = true,
    .stream = echo_stream,
    .datagram = echo_datagram,
};
