/*
 * relay: see relay.h.
 */
#include "server/log/relay.h"

#include <sys/epoll.h>

#include "common/clock.h"
#include "common/log.h"

static void watch(struct log_channel *channel, uint32_t events)
{
    if (event_loop_change(channel->relay->loop, channel->read_fd, events) < 0)
        warn("cannot watch the log channel of pool %s", channel->source.pool);
}

static void on_lines(void *context, uint32_t events)
{
    struct log_channel *channel = context;

    (void)events;
    channel->due_ns = 0;
    watch(channel, 0);
}

static int watch_first(struct log_channel *channel)
{
    struct log_relay *relay = channel->relay;

    if (relay->loop == NULL)
        return 0;
    channel->due_ns = NEVER_NS;
    return event_loop_add(relay->loop, channel->read_fd, EPOLLIN, on_lines, channel);
}

int log_relay_add(struct log_relay *relay, struct log_channel *channel)
{
    channel->relay = relay;
    channel->due_ns = NEVER_NS;
    if (watch_first(channel) < 0)
        return -1;
    channel->next = relay->channels;
    relay->channels = channel;
    return 0;
}

void log_relay_remove(struct log_channel *channel)
{
    struct log_relay *relay = channel->relay;
    struct log_channel **link = &relay->channels;

    log_channel_drain(channel, relay->sink, clock_coarse_ns());
    if (relay->loop != NULL)
        event_loop_remove(relay->loop, channel->read_fd);
    while (*link != channel)
        link = &(*link)->next;
    *link = channel->next;
}

void log_relay_drain(struct log_relay *relay)
{
    for (struct log_channel *channel = relay->channels; channel != NULL; channel = channel->next)
        log_channel_drain(channel, relay->sink, clock_coarse_ns());
}

int log_relay_watch(struct log_relay *relay, struct event_loop *loop)
{
    relay->loop = loop;
    for (struct log_channel *channel = relay->channels; channel != NULL; channel = channel->next) {
        if (watch_first(channel) < 0)
            return -1;
    }
    return 0;
}

static int64_t read_channel(struct log_channel *channel, int64_t now_ns)
{
    if (now_ns < channel->due_ns)
        return channel->due_ns;
    channel->due_ns = log_channel_read(channel, channel->relay->sink, now_ns);
    if (channel->due_ns == NEVER_NS)
        watch(channel, EPOLLIN);
    return channel->due_ns;
}

int64_t log_relay_continue(struct log_relay *relay, int64_t now_ns)
{
    int64_t due_ns = NEVER_NS;

    for (struct log_channel *channel = relay->channels; channel != NULL; channel = channel->next)
        due_ns = clock_earlier_ns(due_ns, read_channel(channel, now_ns));
    return clock_earlier_ns(due_ns, log_sink_report_dropped(relay->sink, now_ns));
}
