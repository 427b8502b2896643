/*
 * daytime: send the time of day as text, in UTC (RFC 867).
 */
#include <preforkd/service.h>
#include <time.h>

/* Print the time to TEXT in the form that the RFC recommends. Returns its length. */
static size_t print_time(char *text, size_t room)
{
    time_t now = time(NULL);
    struct tm utc;

    return strftime(text, room, "%A, %B %-d, %Y %H:%M:%S-UTC\r\n", gmtime_r(&now, &utc));
}

/* tzset(3), which strftime(3) calls, opens a file, and does so once. */
static const char *daytime_start(const struct preforkd_operations *operations, const char *pool)
{
    (void)operations;
    (void)pool;
    tzset();
    return NULL;
}

static void daytime_stream(struct preforkd_connection *connection,
                           const struct preforkd_operations *operations)
{
    char text[128];

    operations->conclude(connection, text, print_time(text, sizeof(text)));
}

static ssize_t daytime_datagram(struct preforkd_connection *connection,
                                const struct preforkd_operations *operations, unsigned char *bytes,
                                size_t size, size_t room)
{
    (void)connection;
    (void)operations;
    (void)size;
    return (ssize_t)print_time((char *)bytes, room);
}

const struct preforkd_service service_daytime = {
    .abi = PREFORKD_ABI,
    .start = daytime_start,
    .stream = daytime_stream,
    .datagram = daytime_datagram,
};
