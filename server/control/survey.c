/*
 * survey: see survey.h.
 */
#include "server/control/survey.h"

#include <string.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "server/control/figures.h"
#include "server/net/receive_queue.h"
#include "server/pool/activity.h"

static enum worker_state state_of(enum slot_state state, bool busy, bool sees_clients)
{
    switch (state) {
    case SLOT_FREE:
        return WORKER_NONE;
    case SLOT_STARTING:
        return WORKER_STARTING;
    case SLOT_READY:
        if (!sees_clients)
            return WORKER_RUNNING;
        return busy ? WORKER_BUSY : WORKER_IDLE;
    case SLOT_SPENT:
        return WORKER_SPENT;
    case SLOT_LEAVING:
        return WORKER_LEAVING;
    }
    return WORKER_NONE;
}

struct look survey_look(const struct pool *pool, size_t index, int64_t now_ns)
{
    const struct slot *slot = &pool->slots->at[index];
    const struct worker_page *page = scoreboard_page(pool->board, index);
    struct look look = {.slot = slot, .page = page};
    struct reading reading;

    if (slot->state == SLOT_FREE)
        return look; /* its page was never used, or is that of the last worker */
    reading = pool_read_worker(pool, index, now_ns);
    look.counters = pool_read_counters(pool, index, now_ns);
    look.busy = reading.connection != 0;
    look.awaits_header = look.busy && reading.header_due_ns != 0;
    look.state = pool->phase == PHASE_RUNNING
                     ? state_of(slot->state, look.busy, pool->kind->sees_clients)
                     : WORKER_LEAVING;
    look.sees_clients = pool->kind->sees_clients;
    look.since_ns = now_ns - (look.busy ? reading.began_ns : reading.moved_ns);
    return look;
}

/* Add the rates of the worker of PAGE to FOUND. */
static void add_page(struct pool_stats *found, const struct worker_page *page, int64_t now_s)
{
    found->accepted_1s += (int64_t)rates_of_worker(page, now_s, 1);
    found->accepted_10s += (int64_t)rates_of_worker(page, now_s, 10);
    found->accepted_60s += (int64_t)rates_of_worker(page, now_s, 60);
}

/* Add the rates of the workers that have ended to FOUND. */
static void add_ended(struct pool_stats *found, const struct rates *rates, int64_t now_s)
{
    found->accepted_1s += (int64_t)rates_of_ended(rates, now_s, 1);
    found->accepted_10s += (int64_t)rates_of_ended(rates, now_s, 10);
    found->accepted_60s += (int64_t)rates_of_ended(rates, now_s, 60);
}

/* Set what the kernel says of the datagrams of POOL. */
static void set_datagrams(struct pool_stats *found, const struct pool *pool)
{
    struct receive_queue queue = {STAT_UNKNOWN, STAT_UNKNOWN, STAT_UNKNOWN};

    if (pool->config->type == SOCK_DGRAM && pool_listens(pool))
        receive_queue_look(pool->listener->fd, &pool->listener->endpoint, &queue);
    found->receive_queue = queue.bytes;
    found->receive_queue_limit = queue.limit;
    found->receive_drops = queue.drops;
}

/* Set what the master knows without its workers. */
static void set_own(struct pool_stats *found, struct pool *pool, int64_t now_ns)
{
    const struct slots *slots = pool->slots;
    struct queue_depth queue = {STAT_UNKNOWN, STAT_UNKNOWN};

    pool_read_queue(pool, &queue);
    set_datagrams(found, pool);
    found->min = pool->workers.min;
    found->max = pool->workers.max;
    found->queue = queue.length;
    found->queue_limit = queue.limit;
    found->queue_peak = pool->totals.queue_peak;
    found->backoff_ns = slots->failures > 0 ? clock_later_ns(0, slots->retry_ns - now_ns) : 0;
    found->fork_fails = pool->fork_fails;
}

/* Add a worker of the generation in force. A leaving one accepts no more: it is neither busy nor
 * idle. */
static void survey_one(struct survey *survey, const struct look *look)
{
    struct pool_stats *found = &survey->figures;
    bool accepts =
        look->state == WORKER_BUSY || look->state == WORKER_IDLE || look->state == WORKER_SPENT;

    found->starting += look->state == WORKER_STARTING;
    found->leaving += look->state == WORKER_LEAVING || look->state == WORKER_SPENT;
    found->busy += accepts && look->busy;
    found->idle += accepts && !look->busy;
    found->programs_waiting += accepts && !look->busy && atomic_load(&look->page->prepared) != 0;
    if (!look->busy)
        return;
    if (!look->awaits_header && (survey->oldest == NULL || look->since_ns > found->oldest_ns)) {
        survey->oldest = look->page;
        found->oldest_ns = look->since_ns;
    }
    if (look->since_ns < survey->youngest_ns)
        survey->youngest_ns = look->since_ns;
}

/* Add a worker of another generation: one that retires, for a candidate's are not in force yet. */
static void survey_other(struct pool_stats *found, const struct look *look)
{
    if (look->state != WORKER_LEAVING)
        return;
    found->leaving++;
    found->retiring++;
    if (look->busy)
        found->retiring_oldest_ns = clock_later_ns(found->retiring_oldest_ns, look->since_ns);
}

/* Add the workers of POOL, which is IN_FORCE or of another generation, those that have ended
 * included. */
static void add_pool(struct survey *survey, const struct pool *pool, bool in_force, int64_t now_ns)
{
    counters_merge(&survey->sums, &pool->totals.ended);
    add_ended(&survey->figures, &pool->totals.rates, now_ns / NS_PER_S);
    survey->figures.workers += (int64_t)pool->slots->live;
    survey->figures.crashes += (int64_t)pool->totals.crashes;
    survey->figures.max_reached += (int64_t)pool->totals.max_reached;
    for (size_t i = 0; i < pool->slots->size; i++) {
        struct look look = survey_look(pool, i, now_ns);

        if (survey->board_length < BOARD_SIZE - 1)
            survey->board[survey->board_length++] = worker_state_letters[look.state];
        if (look.state == WORKER_NONE)
            continue;
        if (in_force)
            survey_one(survey, &look);
        else
            survey_other(&survey->figures, &look);
        counters_merge(&survey->sums, look.counters);
        add_page(&survey->figures, look.page, now_ns / NS_PER_S);
    }
}

void survey_take(const struct master *master, struct pool *pool, struct survey *survey)
{
    int64_t now_ns = clock_coarse_ns();

    memset(survey, 0, sizeof(*survey));
    survey->youngest_ns = INT64_MAX;
    set_own(&survey->figures, pool, now_ns);
    for_each_pool (other, master) {
        if (other == pool || (other->generation != pool->generation &&
                              strcmp(other->config->name, pool->config->name) == 0))
            add_pool(survey, other, other == pool, now_ns);
    }
    figures_set_counters(&survey->figures, &survey->sums, pool->config);
    if (!pool->kind->sees_clients)
        figures_forget_unseen(&survey->figures);
    if (survey->figures.busy > 0 && survey->figures.idle == 0)
        survey->figures.all_busy_ns =
            pool->full_ns > 0 ? now_ns - pool->full_ns : clock_later_ns(1, survey->youngest_ns);
}
