/*
 * traffic: see traffic.h.
 */
#include "server/service/program/traffic.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "common/clock.h"

/* From the kernel's include/net/tcp_states.h: these numbers are a part of TCP_INFO. */
enum { STATE_CLOSE = 7, STATE_CLOSE_WAIT = 8, STATE_CLOSING = 11 };

static bool get_info(int fd, struct tcp_info *info)
{
    socklen_t size = sizeof(*info);

    memset(info, 0, sizeof(*info));
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &size) == 0;
}

static uint64_t bytes_sent(const struct tcp_info *info)
{
    return info->tcpi_bytes_sent - info->tcpi_bytes_retrans;
}

/* Return whether the connection was reset. It is closed, too, once both sides have shut it down in
 * an orderly way; then the FIN has been acknowledged, which counts as a byte. */
static bool was_reset(const struct tcp_info *info)
{
    return info->tcpi_state == STATE_CLOSE && info->tcpi_bytes_acked <= bytes_sent(info);
}

/* Return whether the client's FIN has arrived, which counts as a byte. */
static bool has_fin(const struct tcp_info *info)
{
    return info->tcpi_bytes_received > 0 &&
           (info->tcpi_state == STATE_CLOSE_WAIT || info->tcpi_state == STATE_CLOSING ||
            (info->tcpi_state == STATE_CLOSE && !was_reset(info)));
}

/* Return whether the client has closed its end of a unix socket. */
static bool has_hung_up(int fd)
{
    struct pollfd end = {.fd = fd};

    return poll(&end, 1, 0) == 1 && (end.revents & POLLHUP) != 0;
}

struct traffic traffic_of(int fd)
{
    struct tcp_info info;

    if (!get_info(fd, &info))
        return (struct traffic){.was_reset = has_hung_up(fd)};
    return (struct traffic){
        .bytes_in = info.tcpi_bytes_received - has_fin(&info),
        .bytes_out = bytes_sent(&info) + info.tcpi_notsent_bytes,
        .was_reset = was_reset(&info),
    };
}

int64_t traffic_idle_ns(int fd)
{
    struct tcp_info info;
    uint32_t sent_ms, received_ms;

    if (!get_info(fd, &info))
        return -1;
    sent_ms = info.tcpi_last_data_sent;
    received_ms = info.tcpi_last_data_recv;
    return (int64_t)(sent_ms < received_ms ? sent_ms : received_ms) * NS_PER_MS;
}
