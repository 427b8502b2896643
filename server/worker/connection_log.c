/*
 * connection_log: see connection_log.h.
 */
#include "server/worker/connection_log.h"

#include <string.h>

#include "common/clock.h"
#include "common/endpoint.h"
#include "common/log.h"
#include "common/log_text.h"

/* What a line has of a connection. */
struct entry {
    const char *pool;
    size_t slot;
    const char *outcome;
    unsigned long long bytes_in, bytes_out;
    int64_t took_ns;
    char peer[ENDPOINT_TEXT_SIZE];
};

static struct entry describe(const struct connection *connection, int64_t took_ns)
{
    const struct worker_page *page = connection->page;
    struct entry entry = {
        .pool = connection->pool,
        .slot = connection->slot,
        .bytes_in = counter_read(&page->counters.bytes_in) - counter_read(&page->in_before),
        .bytes_out = counter_read(&page->counters.bytes_out) - counter_read(&page->out_before),
        .took_ns = took_ns,
    };

    endpoint_print_peer(&page->peer, page->peer_length, entry.peer);
    return entry;
}

/* Print the members that a JSON line has beside its message. */
static void print_fields(const struct entry *entry, struct log_text *fields)
{
    log_text_begin(fields, 0);
    log_text_print(fields, ",\"event\":\"connection\",\"pool\":\"%s\",\"slot\":%zu,\"peer\":\"",
                   entry->pool, entry->slot);
    log_text_escape(fields, entry->peer, strlen(entry->peer));
    log_text_print(
        fields, "\",\"bytes_in\":%llu,\"bytes_out\":%llu,\"duration_ns\":%lld,\"outcome\":\"%s\"",
        entry->bytes_in, entry->bytes_out, (long long)entry->took_ns, entry->outcome);
    fields->bytes[fields->length] = '\0';
}

/* Write the line at any log_level: log_connections asks for it. */
static void log_entry(const struct entry *entry)
{
    struct log_text fields;

    fields.bytes[0] = '\0';
    if (log_is_json())
        print_fields(entry, &fields);
    log_always(LOG_INFO, fields.bytes,
               "connection: pool %s, slot %zu, %s, %llu bytes in, %llu out, %lld.%06lld s, %s",
               entry->pool, entry->slot, entry->peer, entry->bytes_in, entry->bytes_out,
               (long long)(entry->took_ns / NS_PER_S),
               (long long)(entry->took_ns % NS_PER_S / NS_PER_US), entry->outcome);
}

/* The words are explained in preforkd.conf(5). */
void connection_log_stream(struct connection *connection, int64_t took_ns)
{
    struct entry entry = describe(connection, took_ns);

    if (connection->was_cut)
        entry.outcome = "cut";
    else if (connection->was_lost)
        entry.outcome = "lost";
    else if (entry.bytes_in + entry.bytes_out == 0)
        entry.outcome = "closed";
    else
        entry.outcome = "answered";
    connection->was_cut = 0;
    connection->was_lost = false;
    log_entry(&entry);
    connection_log_count_dropped(connection);
}

void connection_log_datagram(struct connection *connection, int64_t took_ns, bool answered)
{
    struct entry entry = describe(connection, took_ns);

    entry.outcome = answered ? "answered" : "dropped";
    log_entry(&entry);
    connection_log_count_dropped(connection);
}

void connection_log_count_dropped(const struct connection *connection)
{
    uint64_t dropped = log_take_dropped();

    if (dropped == 0)
        return;
    counter_add(&connection->page->counters.log_lines_dropped, dropped);
    atomic_fetch_add(&connection->hints->log_lines_dropped, dropped);
}
