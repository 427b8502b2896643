/*
 * upper: letters come back in upper case, on streams and in datagrams.
 */
#include <ctype.h>
#include <preforkd/service.h>

static void make_upper(unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)toupper(bytes[i]);
}

static void upper_stream(struct preforkd_connection *connection,
                         const struct preforkd_operations *operations)
{
    static unsigned char bytes[4096]; /* a worker has one connection */
    size_t size;

    while ((size = operations->request(connection, bytes, sizeof(bytes))) > 0) {
        make_upper(bytes, size);
        if (operations->answer(connection, bytes, size) < 0)
            return;
    }
}

static ssize_t upper_datagram(struct preforkd_connection *connection,
                              const struct preforkd_operations *operations, unsigned char *bytes,
                              size_t size, size_t room)
{
    (void)connection;
    (void)operations;
    (void)room;
    make_upper(bytes, size);
    return (ssize_t)size;
}

const struct preforkd_service preforkd_service = {
    .abi = PREFORKD_ABI,
    .client_speaks_first = true,
    .stream = upper_stream,
    .datagram = upper_datagram,
};
