/*
 * connection_log: see connection_log.h.
 */
#include "server/worker/connection/connection_log.h"

#include <stdio.h>

#include "common/clock.h"
#include "common/endpoint.h"
#include "common/log.h"
#include "server/log/connection_record.h"

bool connection_may_complain(_Atomic int64_t *last_s)
{
    int64_t now_s = clock_coarse_ns() / NS_PER_S, seen_s = atomic_load(last_s);

    return seen_s != now_s && atomic_compare_exchange_strong(last_s, &seen_s, now_s);
}

bool connection_may_name(_Atomic int64_t *last_s, _Atomic uint32_t *left_out,
                         char more[CONNECTION_MORE_SIZE])
{
    uint32_t count;

    if (!connection_may_complain(last_s)) {
        atomic_fetch_add(left_out, 1);
        return false;
    }
    more[0] = '\0';
    count = atomic_exchange(left_out, 0);
    if (count > 0)
        snprintf(more, CONNECTION_MORE_SIZE, "; %u more since the last such line", count);
    return true;
}

static struct connection_record describe(const struct connection *connection, int64_t took_ns)
{
    const struct worker_page *page = connection->page;
    struct connection_record record = {
        .bytes_in = counter_read(&page->counters.bytes_in) - counter_read(&page->in_before),
        .bytes_out = counter_read(&page->counters.bytes_out) - counter_read(&page->out_before),
        .took_ns = (uint64_t)took_ns,
    };

    if (!connection->knows_bytes)
        record.bytes_in = record.bytes_out = CONNECTION_BYTES_UNKNOWN;
    endpoint_print_peer(&page->peer, page->peer_length, record.peer);
    return record;
}

/* Return the word for a connection that a program has served. */
static enum connection_outcome program_word(enum program_outcome outcome)
{
    switch (outcome) {
    case PROGRAM_FAILED:
        return OUTCOME_FAILED;
    case PROGRAM_SIGNALLED:
        return OUTCOME_SIGNALLED;
    case PROGRAM_UNSTARTED:
        return OUTCOME_UNSTARTED;
    default:
        return OUTCOME_ANSWERED;
    }
}

/* The words are explained in preforkd.conf(5). */
void connection_log_stream(struct connection *connection, int64_t took_ns)
{
    struct connection_record record = describe(connection, took_ns);

    if (connection->was_cut)
        record.outcome = OUTCOME_CUT;
    else if (connection->was_lost)
        record.outcome = OUTCOME_LOST;
    else if (connection->runs_program)
        record.outcome = program_word(connection->program);
    else if (record.bytes_in + record.bytes_out == 0)
        record.outcome = OUTCOME_CLOSED;
    else
        record.outcome = OUTCOME_ANSWERED;
    connection->was_cut = 0;
    connection->was_lost = false;
    connection_record_send(&record);
    connection_log_count_dropped(connection);
}

void connection_log_datagram(struct connection *connection, int64_t took_ns, bool answered)
{
    struct connection_record record = describe(connection, took_ns);

    if (connection->was_cut)
        record.outcome = OUTCOME_CUT;
    else if (!answered && connection->runs_program && connection->program != PROGRAM_OK)
        record.outcome = program_word(connection->program);
    else
        record.outcome = answered ? OUTCOME_ANSWERED : OUTCOME_DROPPED;
    connection->was_cut = 0;
    connection_record_send(&record);
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
