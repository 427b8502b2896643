/*
 * reload: see reload.h.
 */
#include "server/master/reload.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/event.h"
#include "server/master/generations.h"
#include "server/master/master.h"
#include "server/pool/retire.h"

#define READY_WITHIN_NS (10 * NS_PER_S)

enum { RETIRING_MAX = 8 };

/* Nothing changes, because of WHY, which may have lines. */
static void refuse(struct master *master, const char *why)
{
    event_reload_failed(why);
    completion_set(&master->reload.completion, why);
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* What CONFIG asks for that a running master cannot do, or NULL. */
static const char *find_fixed_key(const struct master *master, const struct config *config)
{
    if (!same_text(config->pid_file, master->config->pid_file))
        return "pid_file cannot change while the master runs";
    if (!same_text(config->control, master->config->control))
        return "control cannot change while the master runs";
    return NULL;
}

struct listener *reload_find_listener(const struct master *master, const struct pool_config *config)
{
    for (struct pool *pool = master->pools; pool != NULL; pool = pool->next) {
        if (pool->phase == PHASE_RUNNING && pool->generation == master->generation &&
            pool_listens(pool) && listener_is_for(pool->listener, pool->config->name, config))
            return pool->listener;
    }
    return NULL;
}

/* Have FAILURE say where in the file the pool of that INDEX is. Always -1. */
static int blame(const struct config *config, size_t index, struct failure *failure)
{
    struct failure cause = *failure;
    char place[PATH_MAX];

    config_print_place(config, index, place, sizeof(place));
    return fail(failure, cause.status, "%s: pool '%s': %s", place, config->pools[index].name,
                cause.message);
}

/* Stations for all pools of what is being tried, no worker yet. 0, or -1 with FAILURE and none. */
static int open_candidates(struct master *master, struct failure *failure)
{
    struct config *config = master->reload.config;

    for (size_t i = 0; i < config->pool_count; i++) {
        struct listener *there = reload_find_listener(master, &config->pools[i]);
        struct pool *pool =
            pool_open(&config->pools[i], master->reload.generation, there, 0, failure);

        if (pool == NULL)
            return blame(config, i, failure);
        pool->root = config;
        generations_append(master, pool);
    }
    return 0;
}

/* Give up what was tried and has no worker. */
static void discard(struct master *master)
{
    struct pool *pool;

    while ((pool = generations_candidate(master)) != NULL)
        generations_part_with(master, pool);
    config_free(master->reload.config);
    master->reload.config = NULL;
}

/* The master waits for nobody who has yet to write a pipe, say. */
static bool is_file(const char *path)
{
    struct stat status;

    return stat(path, &status) < 0 || S_ISREG(status.st_mode); /* one that is missing is an error */
}

struct config *reload_read(const struct master *master, char **why)
{
    const char *file = master->source->file, *fixed;
    struct config *config;

    if (!is_file(file)) {
        if (asprintf(why, "%s: it is no regular file, which alone can be read again", file) < 0)
            *why = NULL;
        return NULL;
    }
    config = config_load(master->source, why);
    fixed = config == NULL ? NULL : find_fixed_key(master, config);
    if (fixed == NULL)
        return config;
    *why = strdup(fixed);
    config_free(config);
    return NULL;
}

/* The same for a reload, which is refused where it cannot be. */
static struct config *read_config(struct master *master)
{
    char *why = NULL;
    struct config *config = reload_read(master, &why);

    if (config == NULL)
        refuse(master, why == NULL ? "no memory" : why);
    free(why);
    return config;
}

static void begin(struct master *master, int64_t now_ns)
{
    struct failure failure;

    master->reload.wanted = false;
    service_manager_reloading(&master->manager);
    master->reload.config = read_config(master);
    if (master->reload.config == NULL)
        return;
    master->reload.generation++;
    master->reload.due_ns = now_ns + READY_WITHIN_NS;
    if (open_candidates(master, &failure) == 0)
        return;
    discard(master);
    refuse(master, failure.message);
}

static bool can_begin(const struct master *master)
{
    return master->phase == PHASE_RUNNING && master->reload.config == NULL &&
           master->upgrade.successor == 0 && master->takeover->in_charge &&
           generations_retiring(master) < RETIRING_MAX;
}

void reload_ask(struct master *master, int64_t now_ns)
{
    if (master->phase != PHASE_RUNNING)
        refuse(master, "the master is stopping");
    else if (can_begin(master))
        begin(master, now_ns);
    else
        master->reload.wanted = true;
}

/* What a shared listener can be told while it is open. */
static void adjust_listeners(struct master *master)
{
    for (struct pool *pool = master->pools; pool != NULL; pool = pool->next) {
        if (pool->generation == master->generation && pool->listener->users > 1)
            listener_adjust(pool->listener, pool->config, pool->service->client_speaks_first);
    }
}

static void promote(struct master *master, int64_t now_ns)
{
    uint64_t old = master->generation;
    int64_t timeout_ns = master->config->stop_timeout_ns;

    master->config = master->reload.config;
    master->reload.config = NULL;
    master->generation = master->reload.generation;
    generations_put_first(master, master->generation);
    adjust_listeners(master);
    for (struct pool *pool = master->pools; pool != NULL; pool = pool->next) {
        if (pool->generation == old)
            retire_begin(pool, timeout_ns, now_ns);
    }
    log_sink_change(&master->log, master->config->log, (enum log_level)master->config->log_level,
                    (enum log_format)master->config->log_format);
    event_reloaded(master->generation);
    completion_set(&master->reload.completion, NULL);
}

/* The candidates retire like anybody, for they may have accepted callers. */
static void undo(struct master *master, const char *why, int64_t now_ns)
{
    struct pool *pool;

    while ((pool = generations_candidate(master)) != NULL)
        retire_begin(pool, master->config->stop_timeout_ns, now_ns);
    master->reload.config = NULL; /* its pools have it */
    refuse(master, why);
}

/* Whether all candidates accept; or WHY they will not. */
static bool all_accept(const struct master *master, int64_t now_ns, char why[128])
{
    bool all = true;

    why[0] = '\0';
    for (const struct pool *pool = master->pools; pool != NULL; pool = pool->next) {
        if (pool->generation != master->reload.generation || pool->announced)
            continue;
        all = false;
        if (pool->slots->retry_ns > now_ns && pool->slots->failures > 0)
            snprintf(why, 128, "pool %s: its workers fail", pool->config->name);
        else if (now_ns >= master->reload.due_ns)
            snprintf(why, 128, "pool %s: not all workers accept within 10 s", pool->config->name);
    }
    return all;
}

static void judge(struct master *master, int64_t now_ns)
{
    char why[128];

    if (all_accept(master, now_ns, why))
        promote(master, now_ns);
    else if (why[0] != '\0')
        undo(master, why, now_ns);
}

/* Part with those who have retired. When the next of the others has to have. */
static int64_t tend_retiring(struct master *master, int64_t now_ns)
{
    int64_t due_ns = WATCHDOG_NEVER;

    for (struct pool *pool = master->pools, *next; pool != NULL; pool = next) {
        int64_t next_ns;

        next = pool->next;
        if (pool->phase == PHASE_RUNNING)
            continue;
        next_ns = retire_continue(pool, now_ns);
        if (retire_is_done(pool))
            generations_bury(master, pool);
        else if (next_ns < due_ns)
            due_ns = next_ns;
    }
    return due_ns;
}

int64_t reload_continue(struct master *master, int64_t now_ns)
{
    int64_t due_ns;

    if (master->reload.config != NULL)
        judge(master, now_ns);
    due_ns = tend_retiring(master, now_ns);
    if (master->reload.wanted && can_begin(master))
        begin(master, now_ns);
    if (master->reload.config != NULL && master->reload.due_ns < due_ns)
        due_ns = master->reload.due_ns;
    return due_ns;
}

void reload_forget(struct master *master, int64_t now_ns)
{
    static const char why[] = "the master is stopping";

    if (master->reload.config != NULL)
        undo(master, why, now_ns);
    else if (master->reload.wanted)
        refuse(master, why);
    master->reload.wanted = false;
}
