/*
 * connection_log: see connection_log.h.
 */
#include "server/worker/connection_log.h"

#include "common/log.h"
#include "server/event.h"

static uint64_t bytes_in(const struct worker_page *page)
{
    return counter_read(&page->counters.bytes_in) - counter_read(&page->in_before);
}

static uint64_t bytes_out(const struct worker_page *page)
{
    return counter_read(&page->counters.bytes_out) - counter_read(&page->out_before);
}

static void say(const struct connection *connection, int64_t took_ns, const char *outcome)
{
    const struct worker_page *page = connection->page;
    char peer[ENDPOINT_TEXT_SIZE];
    const struct event_connection event = {
        .pool = connection->pool,
        .slot = connection->slot,
        .peer = peer,
        .outcome = outcome,
        .bytes_in = bytes_in(page),
        .bytes_out = bytes_out(page),
        .took_ns = took_ns,
    };

    endpoint_print_peer(&page->peer, page->peer_length, peer);
    event_connection_closed(&event);
    connection_log_count_dropped(connection);
}

/* The words are explained in preforkd.conf(5). */
void connection_log_stream(struct connection *connection, int64_t took_ns)
{
    const struct worker_page *page = connection->page;
    const char *outcome = "answered";

    if (connection->was_cut)
        outcome = "cut";
    else if (connection->was_lost)
        outcome = "lost";
    else if (bytes_in(page) + bytes_out(page) == 0)
        outcome = "closed";
    connection->was_cut = 0;
    connection->was_lost = false;
    say(connection, took_ns, outcome);
}

void connection_log_datagram(struct connection *connection, int64_t took_ns, bool answered)
{
    say(connection, took_ns, answered ? "answered" : "dropped");
}

void connection_log_count_dropped(const struct connection *connection)
{
    uint64_t dropped = log_take_dropped();

    if (dropped == 0)
        return;
    counter_add(&connection->page->counters.log_lines_dropped, dropped);
    atomic_fetch_add(&connection->hints->log_lines_dropped, dropped);
}
