/*
 * driver: see driver.h.
 */
#include "client/load/engine/driver.h"

#include <errno.h>
#include <stdlib.h>

#include "client/load/engine/connection.h"
#include "client/load/engine/recorder.h"
#include "common/clock.h"
#include "common/number.h"

enum { JOIN_AT_ONCE = 128 }; /* then replies are read: the first of a crowd need not wait for all */

#define PAUSE_NS (10 * NS_PER_MS) /* before the next attempt to connect to nobody */

int load_driver_open(struct load_driver *driver, const struct load_plan *plan,
                     const struct load_schedule *schedule, struct load_result *results,
                     size_t index, int signals)
{
    driver->plan = plan;
    driver->schedule = *schedule;
    driver->result = &results[index];
    driver->all = results;
    driver->connections = calloc(plan->connections, sizeof(*driver->connections));
    if (load_poller_open(&driver->poller, signals) < 0 || driver->connections == NULL)
        return -1;
    for (size_t i = 0; i < plan->connections; i++) {
        driver->connections[i].fd = -1;
        load_list_append(&driver->joining, &driver->connections[i]);
    }
    load_payload_init(&driver->payload, plan->expect, plan->seed);
    return 0;
}

/* Whether CONNECTION, whose request was answered, stays open. */
static bool is_kept(const struct load_driver *driver, const struct load_connection *connection)
{
    const struct load_plan *plan = driver->plan;

    return plan->keep_open && connection->answered < plan->requests_per_connection &&
           connection->sent == plan->size && (plan->hold_ns == 0 || driver->phase == PHASE_OPEN);
}

/* The request of CONNECTION is over: count it, and say what the connection does next. */
static void finish(struct load_driver *driver, struct load_connection *connection,
                   enum load_outcome outcome)
{
    bool unconnected = outcome == OUTCOME_FAILED && connection->error < CONNECT_ERRORS;

    driver->ended_ns = clock_now_ns();
    if (driver->ready.first == NULL)
        driver->starved_ns = driver->ended_ns;
    load_record_end(driver->result, driver->plan, connection, outcome, driver->ended_ns);
    connection->state = STATE_IDLE;
    if (outcome != OUTCOME_OK || !is_kept(driver, connection))
        load_connection_close(connection);
    if (unconnected && load_record_hopeless(driver->result, driver->all, driver->plan))
        driver->stopping = true;
    if (driver->plan->hold_ns > 0) {
        if (connection->fd >= 0)
            load_list_append(&driver->held, connection);
    } else if (unconnected && driver->plan->rate == 0) {
        connection->resume_ns = driver->ended_ns + PAUSE_NS;
        load_list_append(&driver->paused, connection);
    } else {
        load_list_prepend(&driver->ready, connection); /* no more are opened than are needed */
    }
}

static void settle(struct load_driver *driver, struct load_connection *connection,
                   enum load_outcome outcome)
{
    load_record_contact(driver->result, driver->plan, connection);
    if (outcome == OUTCOME_PENDING)
        load_poller_add(&driver->poller, connection);
    else if (outcome == OUTCOME_QUEUE_FULL)
        load_list_append(&driver->waiting, connection);
    else
        finish(driver, connection, outcome);
}

/* Begin a request that was due at DUE_NS, or in a closed loop is due now. */
static void start(struct load_driver *driver, struct load_connection *connection, int64_t due_ns)
{
    struct load_result *result = driver->result;
    enum load_outcome outcome;

    connection->reached = false;
    connection->started_ns = clock_now_ns();
    connection->due_ns = driver->plan->rate > 0 ? due_ns : connection->started_ns;
    connection->number =
        load_schedule_take(&driver->schedule, connection->due_ns, &connection->measured);
    load_record_start(result, connection, driver->plan->rate > 0 && due_ns > driver->starved_ns);
    outcome = load_connection_start(connection, driver->plan, &driver->payload);
    result->waited += connection->measured && outcome == OUTCOME_QUEUE_FULL;
    settle(driver, connection, outcome);
}

/* Whether another request is due at NOW_NS, and may begin. */
static bool is_due(const struct load_driver *driver, int64_t now_ns)
{
    return !driver->stopping && !load_schedule_is_done(&driver->schedule, now_ns) &&
           load_schedule_due_ns(&driver->schedule) <= now_ns;
}

/* In a closed loop everybody who has a reply sends again, and some join: so the crowd grows to its
 * full number, however fast the first are answered. */
void load_driver_start(struct load_driver *driver, int64_t now_ns)
{
    for (int i = 0; i < JOIN_AT_ONCE && driver->joining.first != NULL; i++)
        load_list_append(&driver->ready, load_list_take(&driver->joining));
    /* Who fails at once is ready again at once, so the number is taken beforehand. */
    for (size_t count = driver->ready.count; count > 0 && is_due(driver, now_ns); count--)
        start(driver, load_list_take(&driver->ready), load_schedule_due_ns(&driver->schedule));
}

int64_t load_driver_next_ns(const struct load_driver *driver)
{
    int64_t next_ns =
        driver->paused.first != NULL ? driver->paused.first->resume_ns : NUMBER_UNLIMITED;

    if (!driver->stopping && (driver->ready.first != NULL || driver->joining.first != NULL) &&
        next_ns > load_schedule_due_ns(&driver->schedule))
        next_ns = load_schedule_due_ns(&driver->schedule);
    return next_ns;
}

bool load_driver_read(struct load_driver *driver)
{
    struct load_list *fresh = &driver->poller.fresh;
    bool any = false;

    /* A lone request was sent just now: its reply is not here yet. */
    if (fresh->count == 1)
        return false;
    while (fresh->first != NULL) {
        struct load_connection *connection = fresh->first;
        enum load_outcome outcome =
            load_connection_advance(connection, driver->plan, &driver->payload);

        if (outcome == OUTCOME_PENDING)
            break;
        load_list_remove(connection);
        settle(driver, connection, outcome);
        any = true;
    }
    return any;
}

/* The server closed a connection that has no request in hand; the next request will find out. */
static void lose_idle(struct load_driver *driver, struct load_connection *connection)
{
    load_poller_forget(&driver->poller, connection);
    if (connection->list == &driver->held && driver->phase == PHASE_HOLD)
        driver->result->held--;
}

void load_driver_advance(struct load_driver *driver, struct load_connection *connection)
{
    if (connection->state == STATE_IDLE)
        lose_idle(driver, connection);
    else
        settle(driver, connection,
               load_connection_advance(connection, driver->plan, &driver->payload));
}

/* The queue is full for all or for none, so the first that finds it full speaks for the rest. */
void load_driver_retry(struct load_driver *driver)
{
    while (driver->waiting.first != NULL) {
        struct load_connection *connection = driver->waiting.first;
        enum load_outcome outcome =
            load_connection_advance(connection, driver->plan, &driver->payload);

        if (outcome == OUTCOME_QUEUE_FULL)
            return;
        load_list_remove(connection);
        settle(driver, connection, outcome);
    }
}

void load_driver_resume(struct load_driver *driver, int64_t now_ns)
{
    while (driver->paused.first != NULL && driver->paused.first->resume_ns <= now_ns)
        load_list_append(&driver->ready, load_list_take(&driver->paused));
}

void load_driver_hold(struct load_driver *driver)
{
    driver->phase = PHASE_HOLD;
    driver->result->held = driver->held.count;
}

void load_driver_release(struct load_driver *driver)
{
    driver->phase = PHASE_FINISH;
    load_list_move(&driver->joining, &driver->held);
}

/* How long the request in hand may take in the state that it is in. */
static int64_t limit_ns(const struct load_driver *driver, const struct load_connection *connection)
{
    return connection->state == STATE_QUEUE_FULL || connection->state == STATE_CONNECTING
               ? driver->plan->connect_timeout_ns
               : driver->plan->timeout_ns;
}

/* Every connection is looked at: ten times a second that is cheaper than to keep them in order. */
void load_driver_give_up(struct load_driver *driver, int64_t now_ns)
{
    for (size_t i = 0; i < driver->plan->connections; i++) {
        struct load_connection *connection = &driver->connections[i];

        if (connection->state == STATE_IDLE ||
            now_ns - connection->started_ns < limit_ns(driver, connection))
            continue;
        load_list_remove(connection);
        connection->error = load_connection_timeout(connection);
        connection->cause = ETIMEDOUT;
        finish(driver, connection, OUTCOME_FAILED);
    }
}

void load_driver_drop(struct load_driver *driver)
{
    for (size_t i = 0; i < driver->plan->connections; i++) {
        struct load_connection *connection = &driver->connections[i];

        if (connection->state == STATE_IDLE)
            continue;
        load_list_remove(connection);
        load_record_drop(driver->result, driver->plan, connection);
        load_connection_close(connection);
        connection->state = STATE_IDLE;
    }
}

void load_driver_abandon(struct load_driver *driver, int64_t now_ns)
{
    struct load_schedule *schedule = &driver->schedule;

    while (schedule->rate > 0 && !load_schedule_is_done(schedule, now_ns) &&
           load_schedule_due_ns(schedule) <= now_ns) {
        int64_t due_ns = load_schedule_due_ns(schedule);
        bool measured;

        load_schedule_take(schedule, due_ns, &measured);
        if (measured)
            load_record_abandon(driver->result, driver->plan, now_ns - due_ns);
    }
}

void load_driver_close(struct load_driver *driver)
{
    for (size_t i = 0; driver->connections != NULL && i < driver->plan->connections; i++) {
        if (driver->connections[i].fd >= 0)
            load_connection_close(&driver->connections[i]);
    }
    free(driver->connections);
    load_poller_close(&driver->poller);
}
