/*
 * load_tally: see load_tally.h.
 */
#include "client/load_tally.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include "common/clock.h"

static bool was_connected(const struct load_connection *connection)
{
    return connection->connected_anew && connection->state != STATE_CONNECTING &&
           connection->state != STATE_QUEUE_FULL;
}

/* Whether this request shows that somebody is there. A datagram socket connects to nobody too. */
static bool was_reached(const struct load_plan *plan, const struct load_connection *connection)
{
    return plan->endpoint.type == SOCK_DGRAM ? connection->received > 0 : was_connected(connection);
}

void load_tally_count(struct load_result *result, const struct load_plan *plan,
                      const struct load_connection *connection, enum load_outcome outcome,
                      int64_t now_ns)
{
    result->in_flight--;
    result->sent += connection->sent == plan->size;
    result->reached += was_reached(plan, connection);
    if (was_connected(connection))
        histogram_record(&result->connect,
                         (uint64_t)(connection->connected_ns - connection->started_ns));
    if (outcome == OUTCOME_OK) {
        result->ok++;
        histogram_record(&result->service, (uint64_t)(now_ns - connection->connected_ns));
    } else {
        result->failed++;
        result->errors[connection->error]++;
        if (connection->error < CONNECT_ERRORS)
            result->connect_errno = connection->cause;
    }
    /* Left out, a request that waited in vain would make the latencies better. */
    if (outcome == OUTCOME_OK || connection->error == REPLY_TIMEOUT)
        histogram_record(&result->response, (uint64_t)(now_ns - connection->started_ns));
}

void load_tally_drop(struct load_result *result, const struct load_plan *plan,
                     const struct load_connection *connection)
{
    result->in_flight--;
    result->dropped++;
    result->sent += connection->sent == plan->size;
    result->reached += was_reached(plan, connection);
}

bool load_tally_hopeless(const struct load_result *result, const struct load_plan *plan)
{
    uint64_t unconnected = 0;

    for (int error = 0; error < CONNECT_ERRORS; error++)
        unconnected += result->errors[error];
    return result->reached == 0 && unconnected >= plan->connections;
}

int64_t load_tally_cpu_ns(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage); /* cannot fail for RUSAGE_SELF, getrusage(2) */
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NS_PER_S +
           (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * NS_PER_US;
}
