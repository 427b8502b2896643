/*
 * daytime: send the time of day as text, in UTC (RFC 867).
 */
#include <time.h>

#include "server/service/service.h"

/* Print the time to TEXT in the form that the RFC recommends. Returns its length. */
static size_t print_time(char *text, size_t room)
{
    time_t now = time(NULL);
    struct tm utc;

    return strftime(text, room, "%A, %B %-d, %Y %H:%M:%S-UTC\r\n", gmtime_r(&now, &utc));
}

/* tzset(3), which strftime(3) calls, opens a file, and does so once. */
static int daytime_begin(const struct pool_config *config)
{
    (void)config;
    tzset();
    return 0;
}

static void daytime_stream(struct connection *connection, const struct connection_ops *ops)
{
    char text[128];

    ops->conclude(connection, text, print_time(text, sizeof(text)));
}

static ssize_t daytime_datagram(unsigned char *bytes, size_t size, size_t room)
{
    (void)size;
    return (ssize_t)print_time((char *)bytes, room);
}

const struct service service_daytime = {
    .name = "daytime",
    .begin = daytime_begin,
    .stream = daytime_stream,
    .datagram = daytime_datagram,
};
