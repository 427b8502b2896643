/*
 * crew: see crew.h.
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

int load_crew_open(struct load_crew *crew, const struct load_plan *plan,
                   const struct load_schedule *schedule, struct load_result *results, size_t index,
                   int signals)
{
    crew->plan = plan;
    crew->schedule = *schedule;
    crew->result = &results[index];
    crew->all = results;
    crew->connections = calloc(plan->connections, sizeof(*crew->connections));
    if (load_watch_open(&crew->watch, signals) < 0 || crew->connections == NULL)
        return -1;
    for (size_t i = 0; i < plan->connections; i++) {
        crew->connections[i].fd = -1;
        load_list_append(&crew->joining, &crew->connections[i]);
    }
    load_payload_init(&crew->payload, plan->expect, plan->seed);
    return 0;
}

/* Whether CONNECTION, whose request was answered, stays open. */
static bool is_kept(const struct load_crew *crew, const struct load_connection *connection)
{
    const struct load_plan *plan = crew->plan;

    return plan->keep_open && connection->answered < plan->requests_per_connection &&
           connection->sent == plan->size && (plan->hold_ns == 0 || crew->phase == PHASE_OPEN);
}

/* The request of CONNECTION is over: count it, and say what the connection does next. */
static void finish(struct load_crew *crew, struct load_connection *connection,
                   enum load_outcome outcome)
{
    bool unconnected = outcome == OUTCOME_FAILED && connection->error < CONNECT_ERRORS;

    crew->ended_ns = clock_now_ns();
    if (crew->ready.first == NULL)
        crew->starved_ns = crew->ended_ns;
    load_tally_end(crew->result, crew->plan, connection, outcome, crew->ended_ns);
    connection->state = STATE_IDLE;
    if (outcome != OUTCOME_OK || !is_kept(crew, connection))
        load_connection_close(connection);
    if (unconnected && load_tally_hopeless(crew->result, crew->all, crew->plan))
        crew->stopping = true;
    if (crew->plan->hold_ns > 0) {
        if (connection->fd >= 0)
            load_list_append(&crew->held, connection);
    } else if (unconnected && crew->plan->rate == 0) {
        connection->resume_ns = crew->ended_ns + PAUSE_NS;
        load_list_append(&crew->paused, connection);
    } else {
        load_list_prepend(&crew->ready, connection); /* no more are opened than are needed */
    }
}

static void settle(struct load_crew *crew, struct load_connection *connection,
                   enum load_outcome outcome)
{
    load_tally_contact(crew->result, crew->plan, connection);
    if (outcome == OUTCOME_PENDING)
        load_watch_add(&crew->watch, connection);
    else if (outcome == OUTCOME_QUEUE_FULL)
        load_list_append(&crew->waiting, connection);
    else
        finish(crew, connection, outcome);
}

/* Begin a request that was due at DUE_NS, or in a closed loop is due now. */
static void start(struct load_crew *crew, struct load_connection *connection, int64_t due_ns)
{
    struct load_result *result = crew->result;
    enum load_outcome outcome;

    connection->reached = false;
    connection->started_ns = clock_now_ns();
    connection->due_ns = crew->plan->rate > 0 ? due_ns : connection->started_ns;
    connection->number =
        load_schedule_take(&crew->schedule, connection->due_ns, &connection->measured);
    load_tally_start(result, connection, crew->plan->rate > 0 && due_ns > crew->starved_ns);
    outcome = load_connection_start(connection, crew->plan, &crew->payload);
    result->waited += connection->measured && outcome == OUTCOME_QUEUE_FULL;
    settle(crew, connection, outcome);
}

/* Whether another request is due at NOW_NS, and may begin. */
static bool is_due(const struct load_crew *crew, int64_t now_ns)
{
    return !crew->stopping && !load_schedule_is_done(&crew->schedule, now_ns) &&
           load_schedule_due_ns(&crew->schedule) <= now_ns;
}

/* In a closed loop everybody who has a reply sends again, and some join: so the crowd grows to its
 * full number, however fast the first are answered. */
void load_crew_start(struct load_crew *crew, int64_t now_ns)
{
    for (int i = 0; i < JOIN_AT_ONCE && crew->joining.first != NULL; i++)
        load_list_append(&crew->ready, load_list_take(&crew->joining));
    /* Who fails at once is ready again at once, so the number is taken beforehand. */
    for (size_t count = crew->ready.count; count > 0 && is_due(crew, now_ns); count--)
        start(crew, load_list_take(&crew->ready), load_schedule_due_ns(&crew->schedule));
}

int64_t load_crew_next_ns(const struct load_crew *crew)
{
    int64_t next_ns = crew->paused.first != NULL ? crew->paused.first->resume_ns : NUMBER_UNLIMITED;

    if (!crew->stopping && (crew->ready.first != NULL || crew->joining.first != NULL) &&
        next_ns > load_schedule_due_ns(&crew->schedule))
        next_ns = load_schedule_due_ns(&crew->schedule);
    return next_ns;
}

bool load_crew_read(struct load_crew *crew)
{
    struct load_list *fresh = &crew->watch.fresh;
    bool any = false;

    /* A lone request was sent just now: its reply is not here yet. */
    if (fresh->count == 1)
        return false;
    while (fresh->first != NULL) {
        struct load_connection *connection = fresh->first;
        enum load_outcome outcome = load_connection_advance(connection, crew->plan, &crew->payload);

        if (outcome == OUTCOME_PENDING)
            break;
        load_list_remove(connection);
        settle(crew, connection, outcome);
        any = true;
    }
    return any;
}

/* The server closed a connection that has no request in hand; the next request will find out. */
static void lose_idle(struct load_crew *crew, struct load_connection *connection)
{
    load_watch_forget(&crew->watch, connection);
    if (connection->list == &crew->held && crew->phase == PHASE_HOLD)
        crew->result->held--;
}

void load_crew_advance(struct load_crew *crew, struct load_connection *connection)
{
    if (connection->state == STATE_IDLE)
        lose_idle(crew, connection);
    else
        settle(crew, connection, load_connection_advance(connection, crew->plan, &crew->payload));
}

/* The queue is full for all or for none, so the first that finds it full speaks for the rest. */
void load_crew_retry(struct load_crew *crew)
{
    while (crew->waiting.first != NULL) {
        struct load_connection *connection = crew->waiting.first;
        enum load_outcome outcome = load_connection_advance(connection, crew->plan, &crew->payload);

        if (outcome == OUTCOME_QUEUE_FULL)
            return;
        load_list_remove(connection);
        settle(crew, connection, outcome);
    }
}

void load_crew_resume(struct load_crew *crew, int64_t now_ns)
{
    while (crew->paused.first != NULL && crew->paused.first->resume_ns <= now_ns)
        load_list_append(&crew->ready, load_list_take(&crew->paused));
}

void load_crew_hold(struct load_crew *crew)
{
    crew->phase = PHASE_HOLD;
    crew->result->held = crew->held.count;
}

void load_crew_release(struct load_crew *crew)
{
    crew->phase = PHASE_FINISH;
    load_list_move(&crew->joining, &crew->held);
}

/* How long the request in hand may take in the state that it is in. */
static int64_t limit_ns(const struct load_crew *crew, const struct load_connection *connection)
{
    return connection->state == STATE_QUEUE_FULL || connection->state == STATE_CONNECTING
               ? crew->plan->connect_timeout_ns
               : crew->plan->timeout_ns;
}

/* Every connection is looked at: ten times a second that is cheaper than to keep them in order. */
void load_crew_give_up(struct load_crew *crew, int64_t now_ns)
{
    for (size_t i = 0; i < crew->plan->connections; i++) {
        struct load_connection *connection = &crew->connections[i];

        if (connection->state == STATE_IDLE ||
            now_ns - connection->started_ns < limit_ns(crew, connection))
            continue;
        load_list_remove(connection);
        connection->error = load_connection_timeout(connection);
        connection->cause = ETIMEDOUT;
        finish(crew, connection, OUTCOME_FAILED);
    }
}

void load_crew_drop(struct load_crew *crew)
{
    for (size_t i = 0; i < crew->plan->connections; i++) {
        struct load_connection *connection = &crew->connections[i];

        if (connection->state == STATE_IDLE)
            continue;
        load_list_remove(connection);
        load_tally_drop(crew->result, crew->plan, connection);
        load_connection_close(connection);
        connection->state = STATE_IDLE;
    }
}

void load_crew_abandon(struct load_crew *crew, int64_t now_ns)
{
    struct load_schedule *schedule = &crew->schedule;

    while (schedule->rate > 0 && !load_schedule_is_done(schedule, now_ns) &&
           load_schedule_due_ns(schedule) <= now_ns) {
        int64_t due_ns = load_schedule_due_ns(schedule);
        bool measured;

        load_schedule_take(schedule, due_ns, &measured);
        if (measured)
            load_tally_abandon(crew->result, crew->plan, now_ns - due_ns);
    }
}

void load_crew_close(struct load_crew *crew)
{
    for (size_t i = 0; crew->connections != NULL && i < crew->plan->connections; i++) {
        if (crew->connections[i].fd >= 0)
            load_connection_close(&crew->connections[i]);
    }
    free(crew->connections);
    load_watch_close(&crew->watch);
}
