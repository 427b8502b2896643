/*
 * program_ops: see program_ops.h.
 */
#include "server/worker/connection/program_ops.h"

#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/status.h"
#include "server/worker/connection/connection_log.h"
#include "server/worker/connection/cut.h"
#include "server/worker/connection/proxy_header.h"

/* Return how long ago the connection began. */
static int64_t age_ns(const struct connection *connection)
{
    return clock_now_ns() - atomic_load_explicit(&connection->page->began_ns, memory_order_relaxed);
}

int program_ops_descriptor(const struct connection *connection)
{
    return atomic_load(&connection->hints->ending) != 0 ? -1 : (int)connection->fd;
}

const union endpoint_address *program_ops_peer(const struct connection *connection,
                                               socklen_t *length)
{
    *length = connection->page->peer_length;
    return &connection->page->peer;
}

void program_ops_executed(struct connection *connection)
{
    struct counters *counters = &connection->page->counters;
    int64_t took_ns = age_ns(connection);

    counter_add(&counters->exec[duration_bucket(took_ns)], 1);
    counter_add(&counters->exec_sum_ns, (uint64_t)took_ns);
}

const union endpoint_address *program_ops_own(const struct connection *connection,
                                              socklen_t *length)
{
    const struct proxy_header *header = connection->proxied;

    if (header == NULL || !header->has_addresses)
        return NULL;
    *length = header->destination_length;
    return &header->destination;
}

uint64_t program_ops_from_source(const struct connection *connection)
{
    return connection->from_source;
}

bool program_ops_may_complain(const struct connection *connection)
{
    return connection_may_complain(&connection->hints->complained_s);
}

void program_ops_moved(struct connection *connection, uint64_t bytes_in, uint64_t bytes_out)
{
    struct worker_page *page = connection->page;

    connection_note_moved(connection);
    counter_add(&page->counters.bytes_in, bytes_in);
    counter_add(&page->counters.bytes_out, bytes_out);
}

/* Log the cut as the watchdog does for the services whose bytes the worker moves. */
static void log_cut(const struct connection *connection)
{
    char peer[ENDPOINT_TEXT_SIZE];

    scoreboard_print_peer(connection->page, peer);
    log_line(LOG_NOTICE,
             "worker %d (pool %s, slot %zu): idle_timeout is over, connection cut: %s for %.1f s",
             (int)getpid(), connection->pool, connection->slot, peer,
             (double)age_ns(connection) / (double)NS_PER_S);
}

void program_ops_time_out(struct connection *connection)
{
    if (atomic_exchange(&connection->page->cut, connection->number) != connection->number)
        log_cut(connection);
    connection_cut(connection, connection->number);
}

void program_ops_leave(const struct connection *connection)
{
    if (connection->fd < 0 && atomic_load(&connection->hints->ending) != 0)
        _exit(STATUS_OK);
}

void program_ops_ended(struct connection *connection, enum program_outcome outcome)
{
    counter_add(&connection->page->counters.programs[outcome], 1);
    connection->program = outcome;
}

void program_ops_finish(struct connection *connection, enum program_outcome outcome,
                        uint64_t bytes_in, uint64_t bytes_out)
{
    struct counters *counters = &connection->page->counters;
    /* The kernel has counted the header too. */
    uint64_t header = connection->proxied == NULL ? 0 : connection->proxied->length;

    program_ops_ended(connection, outcome);
    counter_add(&counters->requests, outcome == PROGRAM_OK && connection->fd >= 0);
    counter_add(&counters->bytes_in, bytes_in > header ? bytes_in - header : 0);
    counter_add(&counters->bytes_out, bytes_out);
    connection->was_lost = outcome == PROGRAM_GONE;
    connection->requests_left = 0; /* linger */
    connection_note_moved(connection);
    program_ops_leave(connection);
}
