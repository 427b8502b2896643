/*
 * load_crew: see load_crew.h.
 */
#include "client/load_crew.h"

#include <errno.h>
#include <stdlib.h>

#include "client/load_connection.h"
#include "client/load_tally.h"
#include "common/clock.h"

enum { JOIN_AT_ONCE = 128 }; /* then replies are read: the first of a crowd need not wait for all */

#define PAUSE_NS (10 * NS_PER_MS) /* before the next attempt to connect to nobody */

int load_crew_open(struct load_crew *crew, const struct load_plan *plan, struct load_result *result,
                   int signals)
{
    crew->plan = plan;
    crew->result = result;
    crew->connections = calloc(plan->connections, sizeof(*crew->connections));
    if (load_watch_open(&crew->watch, signals) < 0 || crew->connections == NULL)
        return -1;
    for (size_t i = 0; i < plan->connections; i++) {
        crew->connections[i].fd = -1;
        load_list_append(&crew->joining, &crew->connections[i]);
    }
    load_payload_init(&crew->payload, plan->expect);
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
    load_tally_count(crew->result, crew->plan, connection, outcome, crew->ended_ns);
    connection->state = STATE_IDLE;
    if (outcome != OUTCOME_OK || !is_kept(crew, connection))
        load_connection_close(connection);
    if (unconnected && load_tally_hopeless(crew->result, crew->plan))
        crew->stopping = true;
    if (crew->plan->hold_ns > 0) {
        if (connection->fd >= 0)
            load_list_append(&crew->held, connection);
    } else if (unconnected) {
        connection->resume_ns = crew->ended_ns + PAUSE_NS;
        load_list_append(&crew->paused, connection);
    } else {
        load_list_append(&crew->ready, connection);
    }
}

static void settle(struct load_crew *crew, struct load_connection *connection,
                   enum load_outcome outcome)
{
    if (outcome == OUTCOME_PENDING)
        load_watch_add(&crew->watch, connection);
    else if (outcome == OUTCOME_QUEUE_FULL)
        load_list_append(&crew->waiting, connection);
    else
        finish(crew, connection, outcome);
}

static void start(struct load_crew *crew, struct load_connection *connection)
{
    struct load_result *result = crew->result;
    enum load_outcome outcome =
        load_connection_start(connection, crew->plan, &crew->payload, result->scheduled++);

    result->in_flight++;
    result->waited += outcome == OUTCOME_QUEUE_FULL;
    if ((int64_t)result->scheduled == crew->plan->requests)
        crew->stopping = true;
    settle(crew, connection, outcome);
}

/* Everybody who has a reply sends again, and some join: so the crowd grows to its full number,
 * however fast the first are answered. */
void load_crew_start(struct load_crew *crew)
{
    for (int i = 0; i < JOIN_AT_ONCE && crew->joining.first != NULL; i++)
        load_list_append(&crew->ready, load_list_take(&crew->joining));
    /* Who fails at once is ready again at once, so the number is taken beforehand. */
    for (size_t count = crew->ready.count; count > 0 && !crew->stopping; count--)
        start(crew, load_list_take(&crew->ready));
}

bool load_crew_can_start(const struct load_crew *crew)
{
    return !crew->stopping && (crew->ready.first != NULL || crew->joining.first != NULL);
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

/* Every connection is looked at: ten times a second that is cheaper than to keep them in order. */
void load_crew_give_up(struct load_crew *crew, int64_t since_ns, bool drop)
{
    for (size_t i = 0; i < crew->plan->connections; i++) {
        struct load_connection *connection = &crew->connections[i];

        if (connection->state == STATE_IDLE || connection->started_ns > since_ns)
            continue;
        load_list_remove(connection);
        if (drop) {
            load_tally_drop(crew->result, crew->plan, connection);
            load_connection_close(connection);
            connection->state = STATE_IDLE;
        } else {
            connection->error = load_connection_timeout(connection);
            connection->cause = ETIMEDOUT;
            finish(crew, connection, OUTCOME_FAILED);
        }
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
