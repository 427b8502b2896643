/*
 * driver: see driver.h.
 */
#include "client/load/engine/driver.h"

#include <stdlib.h>

#include "client/load/engine/connection.h"
#include "client/load/engine/recorder.h"
#include "common/clock.h"
#include "common/number.h"

/* So many connections join before replies are read: of 10,000 the first need not wait for all. */
enum { JOIN_AT_ONCE = 128 };

#define PAUSE_NS (10 * NS_PER_MS) /* after a failed connect(2), in a closed loop */

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

/* Return whether CONNECTION, whose request was answered, stays open. */
static bool is_kept(const struct load_driver *driver, const struct load_connection *connection)
{
    const struct load_plan *plan = driver->plan;

    return plan->keep_open && connection->answered < plan->requests_per_connection &&
           connection->sent == plan->size && (plan->hold_ns == 0 || driver->phase == PHASE_OPEN);
}

/* Count the request of CONNECTION, which is over, and put the connection where it goes next. Judge
 * its time by the clock: a late reply can arrive before load_driver_give_up looks. */
static void finish(struct load_driver *driver, struct load_connection *connection,
                   enum load_outcome outcome)
{
    bool unconnected;

    driver->ended_ns = clock_now_ns();
    if (load_connection_is_late(connection, driver->plan, driver->ended_ns))
        outcome = OUTCOME_FAILED;
    unconnected = outcome == OUTCOME_FAILED && connection->error < CONNECT_ERRORS;
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
        /* First in line, so that an open loop opens no more connections than it needs. */
        load_list_prepend(&driver->ready, connection);
    }
}

static void settle(struct load_driver *driver, struct load_connection *connection,
                   enum load_outcome outcome)
{
    load_record_contact(driver->result, driver->plan, connection);
    if (outcome == OUTCOME_PENDING &&
        load_connection_is_late(connection, driver->plan, connection->connected_ns))
        outcome = OUTCOME_FAILED;
    if (outcome == OUTCOME_PENDING)
        load_poller_add(&driver->poller, connection);
    else if (outcome == OUTCOME_QUEUE_FULL)
        load_list_append(&driver->waiting, connection);
    else
        finish(driver, connection, outcome);
}

/* Begin a request that was due at DUE_NS; in a closed loop it is due now. */
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

/* Return whether another request is due at NOW_NS and may begin. */
static bool is_due(const struct load_driver *driver, int64_t now_ns)
{
    return !driver->stopping && !load_schedule_is_done(&driver->schedule, now_ns) &&
           load_schedule_due_ns(&driver->schedule) <= now_ns;
}

/* In a closed loop each connection that has its reply sends again, and a few more join each time:
 * so all of them join soon, however fast the first are answered. */
void load_driver_start(struct load_driver *driver, int64_t now_ns)
{
    for (int i = 0; i < JOIN_AT_ONCE && driver->joining.first != NULL; i++)
        load_list_append(&driver->ready, load_list_take(&driver->joining));
    /* A request that fails at once makes its connection ready at once, so take the number first. */
    for (size_t count = driver->ready.count; count > 0 && is_due(driver, now_ns); count--)
        start(driver, load_list_take(&driver->ready), load_schedule_due_ns(&driver->schedule));
}

int64_t load_driver_next_ns(const struct load_driver *driver)
{
    int64_t next_ns =
        driver->paused.first != NULL ? driver->paused.first->resume_ns : NUMBER_UNLIMITED;

    if (driver->stopping || (driver->ready.first == NULL && driver->joining.first == NULL))
        return next_ns;
    return clock_earlier_ns(next_ns, load_schedule_due_ns(&driver->schedule));
}

/* Continue with the connections of LIST in order, up to the first whose outcome is END. Returns
 * whether any came before it. */
static bool advance_until(struct load_driver *driver, struct load_list *list, enum load_outcome end)
{
    bool any = false;

    while (list->first != NULL) {
        struct load_connection *connection = list->first;
        enum load_outcome outcome =
            load_connection_advance(connection, driver->plan, &driver->payload);

        if (outcome == end)
            break;
        load_list_remove(connection);
        settle(driver, connection, outcome);
        any = true;
    }
    return any;
}

bool load_driver_read(struct load_driver *driver)
{
    struct load_list *fresh = &driver->poller.fresh;

    /* A single request was sent just now: its reply cannot have arrived. */
    return fresh->count != 1 && advance_until(driver, fresh, OUTCOME_PENDING);
}

/* The server closed CONNECTION between two requests. The next request on it fails and is
 * counted. */
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

/* Stop at the first that finds the queue full: it is full for the rest too. */
void load_driver_retry(struct load_driver *driver)
{
    advance_until(driver, &driver->waiting, OUTCOME_QUEUE_FULL);
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

/* Look at every connection: ten times a second that is cheaper than to keep them sorted. */
void load_driver_give_up(struct load_driver *driver, int64_t now_ns)
{
    for (size_t i = 0; i < driver->plan->connections; i++) {
        struct load_connection *connection = &driver->connections[i];

        if (connection->state == STATE_IDLE ||
            !load_connection_is_late(connection, driver->plan, now_ns))
            continue;
        load_list_remove(connection);
        finish(driver, connection, OUTCOME_FAILED);
    }
}

void load_driver_drop(struct load_driver *driver, int64_t now_ns)
{
    for (size_t i = 0; i < driver->plan->connections; i++) {
        struct load_connection *connection = &driver->connections[i];

        if (connection->state == STATE_IDLE)
            continue;
        load_list_remove(connection);
        load_record_drop(driver->result, driver->plan, connection, now_ns);
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
