/*
 * relay: see relay.h.
 */
#include "server/log/relay.h"

#include <limits.h>
#include <sys/epoll.h>

#include "common/clock.h"
#include "common/log.h"

#define INTERVAL_NS (5 * NS_PER_MS)

/* While lines come the pipe is read every few milliseconds and is no event: a wakeup for each line
 * costs more than writing it. */
static void watch(struct log_relay *relay, uint32_t events)
{
    if (event_loop_change(relay->loop, relay->sink->pipe_read_fd, events) < 0)
        warn("cannot watch the pipe of the log");
}

static void on_lines(void *context, uint32_t events)
{
    struct log_relay *relay = context;

    (void)events;
    relay->due_ns = 0;
    watch(relay, 0);
}

int log_relay_open(struct log_relay *relay, struct log_sink *sink, struct event_loop *loop)
{
    *relay = (struct log_relay){.sink = sink, .loop = loop, .due_ns = NEVER_NS};
    return event_loop_add(loop, sink->pipe_read_fd, EPOLLIN, on_lines, relay);
}

/* Returns when to read again: at once where many lines came, at the next event where none did. */
static int64_t read_lines(struct log_relay *relay, int64_t now_ns)
{
    size_t got;

    if (now_ns < relay->due_ns)
        return relay->due_ns;
    got = log_sink_drain(relay->sink);
    relay->due_ns = got >= PIPE_BUF ? now_ns : now_ns + INTERVAL_NS;
    if (got == 0) {
        relay->due_ns = NEVER_NS;
        watch(relay, EPOLLIN);
    }
    return relay->due_ns;
}

int64_t log_relay_continue(struct log_relay *relay, int64_t now_ns)
{
    int64_t due_ns = read_lines(relay, now_ns);

    return clock_earlier_ns(due_ns, log_sink_report_dropped(relay->sink, now_ns));
}
