/*
 * relay: see relay.h.
 */
#include "server/log/relay.h"

#include <limits.h>
#include <sys/epoll.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/master/master.h"

#define INTERVAL_NS (5 * NS_PER_MS)

/* While lines come the pipe is looked at every few milliseconds, and is no event: to be woken for each
 * line costs more than to write it. */
static void watch_log(struct master *master, bool is_event)
{
    struct epoll_event event = {.events = is_event ? EPOLLIN : 0,
                                .data.u64 = master_event(EVENT_LOG, 0)};

    if (epoll_ctl(master->epoll_fd, EPOLL_CTL_MOD, master->log.pipe_read_fd, &event) < 0)
        warn("cannot watch the log's pipe");
}

/* Relay some lines. When to do so again: at once where there are many, never where there was none. */
static int64_t relay(struct master *master, int64_t now_ns)
{
    size_t got;

    if (now_ns < master->log_due_ns)
        return master->log_due_ns;
    got = log_sink_drain(&master->log);
    master->log_due_ns = got >= PIPE_BUF ? now_ns : now_ns + INTERVAL_NS;
    if (got == 0) {
        master->log_due_ns = WATCHDOG_NEVER;
        watch_log(master, true);
    }
    return master->log_due_ns;
}

/* Lines that workers could not hand over; those who live count theirs as well. */
static void note_dropped(struct master *master)
{
    for (const struct pool *pool = master->pools; pool != NULL; pool = pool->next) {
        _Atomic uint64_t *dropped = &pool->hints->log_lines_dropped;

        if (atomic_load(dropped) != 0)
            log_sink_note_dropped(&master->log, atomic_exchange(dropped, 0));
    }
}

void log_relay_begin(struct master *master, int64_t now_ns)
{
    master->log_due_ns = now_ns;
    watch_log(master, false);
}

int64_t log_relay_continue(struct master *master, int64_t now_ns)
{
    int64_t relay_ns, report_ns;

    note_dropped(master);
    relay_ns = relay(master, now_ns);
    report_ns = log_sink_report_dropped(&master->log, now_ns);
    return relay_ns < report_ns ? relay_ns : report_ns;
}

void log_relay_end(struct master *master)
{
    log_sink_drain_all(&master->log);
    note_dropped(master);
}
