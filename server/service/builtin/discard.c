/*
 * discard: read requests and answer nothing (RFC 863).
 */
#include <preforkd/service.h>

enum { REQUEST_SIZE = 65536 };

static void discard_stream(struct preforkd_connection *connection,
                           const struct preforkd_operations *operations)
{
    static unsigned char bytes[REQUEST_SIZE]; /* a worker has one connection */

    while (operations->request(connection, bytes, sizeof(bytes)) > 0)
        ;
}

static ssize_t discard_datagram(struct preforkd_connection *connection,
                                const struct preforkd_operations *operations, unsigned char *bytes,
                                size_t size, size_t room)
{
    (void)connection;
    (void)operations;
    (void)bytes;
    (void)size;
    (void)room;
    return -1;
}

const struct preforkd_service service_discard = {
    .abi = PREFORKD_ABI,
    .client_speaks_first = true,
    .stream = discard_stream,
    .datagram = discard_datagram,
};
