/*
 * status: see status.h.
 */
#include "server/control/status.h"

#include <string.h>

#include "common/clock.h"
#include "common/control_protocol.h"
#include "common/pool_stats.h"
#include "server/control/figures.h"
#include "server/control/program_pid.h"
#include "server/master/generations.h"

enum { LINE_SIZE = 512, BOARD_SIZE = PIECE_SIZE / 2 };

/* A worker, by its slot and by what it says of itself. */
struct look {
    const struct slot *slot;
    const struct worker_page *page;
    const struct counters *counters;
    enum worker_state state;
    bool busy;
    bool awaits_header; /* of a proxy: no client is known, and no connection accepted */
    bool sees_clients;  /* else the counters are not known */
    int64_t since_ns;   /* how long in that state */
};

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

static struct look look_at(const struct pool *pool, size_t index, int64_t now_ns)
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

/* Set what the master knows without its workers. */
static void set_own(struct pool_stats *found, struct pool *pool, int64_t now_ns)
{
    const struct slots *slots = pool->slots;
    struct queue_depth queue = {STAT_UNKNOWN, STAT_UNKNOWN};

    pool_read_queue(pool, &queue);
    found->min = pool->workers.min;
    found->max = pool->workers.max;
    found->queue = queue.length;
    found->queue_limit = queue.limit;
    found->queue_peak = pool->totals.queue_peak;
    found->backoff_ns = slots->failures > 0 ? clock_later_ns(0, slots->retry_ns - now_ns) : 0;
    found->fork_fails = pool->fork_fails;
}

/* The figures of a pool, and the worker that has its oldest connection. */
struct survey {
    struct pool_stats figures;
    struct counters sums;
    const struct worker_page *oldest; /* NULL: no connection */
    int64_t youngest_ns;              /* the duration of the last connection that began */
    char board[BOARD_SIZE];
    size_t board_length;
};

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
        struct look look = look_at(pool, i, now_ns);

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

/* Survey POOL together with the pools of its name in other generations. */
static void take_survey(const struct master *master, struct pool *pool, struct survey *survey)
{
    int64_t now_ns = clock_coarse_ns();

    memset(survey, 0, sizeof(*survey));
    survey->youngest_ns = INT64_MAX;
    set_own(&survey->figures, pool, now_ns);
    for_each_pool (other, master) {
        if (strcmp(other->config->name, pool->config->name) == 0)
            add_pool(survey, other, other == pool, now_ns);
    }
    figures_set_counters(&survey->figures, &survey->sums, pool->config);
    if (!pool->kind->sees_clients)
        figures_forget_unseen(&survey->figures);
    if (survey->figures.busy > 0 && survey->figures.idle == 0)
        survey->figures.all_busy_ns =
            pool->full_ns > 0 ? now_ns - pool->full_ns : clock_later_ns(1, survey->youngest_ns);
}

static const char *pool_state(const struct pool *pool)
{
    if (pool->phase != PHASE_RUNNING)
        return "stopping";
    if (pool->listener != NULL && pool->listener->is_down)
        return "down";
    return pool->announced ? "running" : "starting";
}

/* A reload that waits for earlier generations. */
static void print_reload(const struct master *master, struct reply *reply)
{
    int64_t due_ns = generations_first_due_ns(master);

    if (reload_waits_for(master) == 0)
        return;
    reply_print(reply, "reload_waits %zu", reload_waits_for(master));
    if (due_ns != NEVER_NS)
        reply_print(reply, "reload_due_ns %lld",
                    (long long)clock_later_ns(0, due_ns - clock_coarse_ns()));
}

void status_print_master(const struct master *master, struct reply *reply)
{
    reply_print(reply, "pid %d", (int)master->host.pid);
    reply_print(reply, "version %s", VERSION);
    reply_print(reply, "uptime_ns %lld", (long long)(clock_coarse_ns() - master->started_ns));
    reply_print(reply, "phase %s", master->phase == PHASE_RUNNING ? "running" : "stopping");
    reply_print(reply, "log_lines_dropped %llu", (unsigned long long)master->log.lost);
    print_reload(master, reply);
}

static void print_figures(struct reply *reply, const struct pool_stats *all)
{
    for (size_t i = 0; i < pool_stat_count; i++) {
        int64_t value = pool_stat_get(&pool_stat_table[i], all);

        if (value == STAT_UNKNOWN)
            reply_print(reply, "%s -", pool_stat_table[i].name);
        else
            reply_print(reply, "%s %lld", pool_stat_table[i].name, (long long)value);
    }
}

static void print_durations(struct reply *reply, const char *name,
                            const _Atomic uint64_t counts[DURATION_BUCKETS])
{
    for (size_t i = 0; i < DURATION_BUCKETS; i++) {
        if (counter_read(&counts[i]) > 0)
            reply_print(reply, "%s %zu %llu", name, i,
                        (unsigned long long)counter_read(&counts[i]));
    }
}

void status_print_pool(const struct master *master, size_t index, struct reply *reply)
{
    struct pool *pool = master_pool_at(master, index);
    char text[ENDPOINT_TEXT_SIZE];
    static struct survey survey;

    take_survey(master, pool, &survey);
    endpoint_print(pool->listener == NULL ? &pool->config->endpoint : &pool->listener->endpoint,
                   text);
    reply_print(reply, "pool %s", pool->config->name);
    reply_print(reply, "endpoint %s", text);
    reply_print(reply, "state %s", pool_state(pool));
    print_figures(reply, &survey.figures);
    print_durations(reply, "took", survey.sums.took);
    print_durations(reply, "exec", survey.sums.exec);
    if (survey.oldest != NULL) {
        scoreboard_print_peer(survey.oldest, text);
        reply_print(reply, "oldest_peer %s", text);
    }
    reply_print(reply, "board %s", survey.board);
}

/* Print which program the worker runs, or is, as the kernel has it: its page may say anything. */
static void print_program(struct reply *reply, const struct look *look)
{
    pid_t pid = look->sees_clients ? program_pid(look->slot->pid) : look->slot->pid;

    if (pid > 0)
        reply_print(reply, "program %d", (int)pid);
    else
        reply_print(reply, "program -");
}

/* Print what a program says of itself. */
static void print_says(const struct pool *pool, size_t slot, struct reply *reply)
{
    const char *text = pool->kind->says == NULL ? NULL : pool->kind->says(pool, slot);

    if (text != NULL)
        reply_print(reply, "says %s", text);
}

static void print_worker(struct reply *reply, uint64_t generation, const struct look *look,
                         size_t slot)
{
    char peer[ENDPOINT_TEXT_SIZE] = "-", accepted[NUMBER_TEXT_SIZE] = "-";

    if (look->busy && !look->awaits_header)
        scoreboard_print_peer(look->page, peer);
    if (look->sees_clients)
        snprintf(accepted, sizeof(accepted), "%llu",
                 (unsigned long long)counter_read(&look->counters->accepted));
    reply_print(reply, "worker %zu %d %llu %s %lld %s %s", slot, (int)look->slot->pid,
                (unsigned long long)generation, worker_state_names[look->state],
                (long long)look->since_ns, accepted, peer);
}

size_t status_print_workers(const struct master *master, size_t index, size_t from,
                            struct reply *reply)
{
    const struct pool *pool = master_pool_at(master, index);
    int64_t now_ns = clock_coarse_ns();

    if (from == 0)
        reply_print(reply, "pool %s", pool->config->name);
    for (size_t slot = from; slot < pool->slots->size; slot++) {
        struct look look = look_at(pool, slot, now_ns);

        if (reply->length + LINE_SIZE > sizeof(reply->piece))
            return slot;
        if (look.state == WORKER_NONE)
            continue;
        print_worker(reply, pool->generation, &look, slot);
        if (pool->config->runs_program)
            print_program(reply, &look);
        print_says(pool, slot, reply);
    }
    return 0;
}
