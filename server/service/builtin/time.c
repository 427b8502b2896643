/*
 * time: send the seconds since 1900 in UTC as four bytes, the highest first (RFC 868). The number
 * is modulo 2^32, so it restarts at 0 in 2036.
 */
#include <preforkd/service.h>
#include <stdint.h>
#include <time.h>

enum { TIME_SIZE = 4 };

/* Seconds from the beginning of 1900 to that of 1970. */
#define EPOCH_S UINT32_C(2208988800)

static void put_time(unsigned char *bytes)
{
    uint32_t now_s = (uint32_t)time(NULL) + EPOCH_S;

    for (int i = 0; i < TIME_SIZE; i++)
        bytes[i] = (unsigned char)(now_s >> (24 - 8 * i));
}

static void time_stream(struct preforkd_connection *connection,
                        const struct preforkd_operations *operations)
{
    unsigned char bytes[TIME_SIZE];

    put_time(bytes);
    operations->conclude(connection, bytes, sizeof(bytes));
}

static ssize_t time_datagram(struct preforkd_connection *connection,
                             const struct preforkd_operations *operations, unsigned char *bytes,
                             size_t size, size_t room)
{
    (void)connection;
    (void)operations;
    (void)size;
    (void)room; /* always more than TIME_SIZE */
    put_time(bytes);
    return TIME_SIZE;
}

const struct preforkd_service service_time = {
    .abi = PREFORKD_ABI,
    .stream = time_stream,
    .datagram = time_datagram,
};
