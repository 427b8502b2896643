/*
 * status: see status.h.
 */
#include "server/control/status.h"

#include <unistd.h>

#include "common/clock.h"
#include "common/pool_stats.h"
#include "server/control/program_pid.h"
#include "server/control/survey.h"
#include "server/master/generations.h"
#include "server/worker/sandbox/sandbox.h"

enum { LINE_SIZE = 512 };

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
    reply_print(reply, "name %s", master->config->name);
    reply_print(reply, "version %s", VERSION);
    reply_print(reply, "uptime_ns %lld", (long long)(clock_coarse_ns() - master->started_ns));
    reply_print(reply, "phase %s", master->phase == PHASE_RUNNING ? "running" : "stopping");
    reply_print(reply, "generation %llu", (unsigned long long)master->generation);
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

/* Print with which rights the workers run. The master looks no name up. */
static void print_user(const struct pool_config *config, struct reply *reply)
{
    if (config->has_identity)
        reply_print(reply, "user %s", config->user);
    else if (geteuid() == 0)
        reply_print(reply, "user root");
    else
        reply_print(reply, "user %u", (unsigned int)geteuid());
}

void status_print_pool(const struct master *master, size_t index, struct reply *reply)
{
    struct pool *pool = master_pool_at(master, index);
    char text[ENDPOINT_TEXT_SIZE], sandbox[SANDBOX_TEXT_SIZE];
    static struct survey survey;

    survey_take(master, pool, &survey);
    endpoint_print(pool->listener == NULL ? &pool->config->endpoint : &pool->listener->endpoint,
                   text);
    reply_print(reply, "pool %s", pool->config->name);
    reply_print(reply, "endpoint %s", text);
    print_user(pool->config, reply);
    reply_print(reply, "state %s", pool_state(pool));
    reply_print(reply, "noun %s", pool->kind->noun);
    sandbox_describe(pool->config, sandbox);
    reply_print(reply, "sandbox %s", sandbox);
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

    /* Even where it goes on: a reload may have put another pool here since then. */
    reply_print(reply, "pool %s", pool->config->name);
    for (size_t slot = from; slot < pool->slots->size; slot++) {
        struct look look = survey_look(pool, slot, now_ns);

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
