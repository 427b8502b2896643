/*
 * recorder: see recorder.h.
 */
#include "client/load/engine/recorder.h"

#include <sys/socket.h>

enum { ATTEMPTS = 16 }; /* to connect: if that many fail, no server is there */

static bool was_connected(const struct load_connection *connection)
{
    return connection->connected_anew && connection->state != STATE_CONNECTING &&
           connection->state != STATE_QUEUE_FULL;
}

/* Return whether this request shows that a server is there. To connect shows that of a stream; a
 * datagram socket connects to any address, so only a reply does, be it a wrong one. */
static bool was_reached(const struct load_plan *plan, const struct load_connection *connection)
{
    return plan->endpoint.type == SOCK_DGRAM ? connection->heard : was_connected(connection);
}

static void record_response(struct load_result *result, const struct load_plan *plan,
                            int64_t response_ns)
{
    histogram_record(&result->response, (uint64_t)response_ns);
    result->ended_late += response_ns > plan->late_ns;
}

void load_record_start(struct load_result *result, const struct load_connection *connection,
                       bool on_schedule)
{
    int64_t late_ns = connection->started_ns - connection->due_ns;

    result->in_flight++;
    if (!connection->measured)
        return;
    result->scheduled++;
    result->began_late += late_ns > LOAD_LATE_START_NS;
    if (on_schedule)
        histogram_record(&result->lag, (uint64_t)late_ns);
}

static void count_ok(struct load_result *result, const struct load_connection *connection,
                     int64_t now_ns)
{
    result->ok++;
    histogram_record(&result->service, (uint64_t)(now_ns - connection->connected_ns));
}

static void count_failed(struct load_result *result, const struct load_connection *connection)
{
    result->failed++;
    result->errors[connection->error]++;
}

/* Timeouts count in the response times, as dropped requests do: left out, they would make the
 * latencies look better. */
static bool is_timeout(enum load_error error)
{
    return error == REPLY_TIMEOUT || error == CONNECT_TIMEOUT || error == CONNECT_BACKLOG_FULL;
}

void load_record_contact(struct load_result *result, const struct load_plan *plan,
                         struct load_connection *connection)
{
    if (connection->reached || !was_reached(plan, connection))
        return;
    connection->reached = true;
    result->reached++;
}

void load_record_end(struct load_result *result, const struct load_plan *plan,
                     const struct load_connection *connection, enum load_outcome outcome,
                     int64_t now_ns)
{
    result->in_flight--;
    if (outcome == OUTCOME_FAILED && connection->error < CONNECT_ERRORS) {
        result->unreached += !is_timeout(connection->error);
        result->connect_errno = connection->cause;
    }
    if (!connection->measured)
        return;
    result->sent += connection->sent == plan->size;
    if (was_connected(connection))
        histogram_record(&result->connect,
                         (uint64_t)(connection->connected_ns - connection->started_ns));
    if (outcome == OUTCOME_OK)
        count_ok(result, connection, now_ns);
    else
        count_failed(result, connection);
    if (outcome == OUTCOME_OK || is_timeout(connection->error))
        record_response(result, plan, now_ns - connection->due_ns);
}

void load_record_drop(struct load_result *result, const struct load_plan *plan,
                      const struct load_connection *connection, int64_t now_ns)
{
    result->in_flight--;
    if (!connection->measured)
        return;
    result->dropped++;
    result->sent += connection->sent == plan->size;
    record_response(result, plan, now_ns - connection->due_ns);
}

void load_record_abandon(struct load_result *result, const struct load_plan *plan,
                         int64_t waited_ns)
{
    result->scheduled++;
    result->began_late += waited_ns > LOAD_LATE_START_NS;
    result->dropped++;
    record_response(result, plan, waited_ns);
}

bool load_record_hopeless(const struct load_result *result, const struct load_result *all,
                          const struct load_plan *plan)
{
    uint64_t enough = plan->connections < ATTEMPTS ? plan->connections : ATTEMPTS;

    if (result->unreached < enough)
        return false;
    for (size_t i = 0; i < plan->processes; i++) {
        if (all[i].reached > 0)
            return false;
    }
    return true;
}
