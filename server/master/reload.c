/*
 * reload: see reload.h.
 */
#include "server/master/reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/master/generations.h"
#include "server/master/master.h"
#include "server/pool/retire.h"

#define READY_WITHIN_NS (10 * NS_PER_S)

enum { RETIRING_MAX = 8, REASON_SIZE = 320 };

/* Nothing changes because of WHY, which may have several lines. */
static void refuse(struct master *master, const char *why)
{
    log_lines(LOG_ERROR, "not reloaded", why);
    completion_set(&master->reload.completion, why);
}

/* Reject FIFOs and devices: open(2) and read(2) could block. A missing file is an error of
 * config_load. */
static bool is_regular_file(const char *path)
{
    struct stat status;

    return stat(path, &status) < 0 || S_ISREG(status.st_mode);
}

struct config *reload_read(const struct master *master, char **why)
{
    const char *file = master->source->file;

    if (is_regular_file(file))
        return config_load(master->source, why);
    if (asprintf(why, "%s: not a regular file, which alone can be read again", file) < 0)
        *why = NULL;
    return NULL;
}

/* Close the candidates, which have no worker yet, and refuse the reload because of WHY. */
static void discard(struct master *master, const char *why)
{
    struct pool *pool;

    while ((pool = generations_candidate(master)) != NULL)
        generations_remove(master, pool);
    claims_close(&master->reload.claims);
    config_free(master->reload.config);
    master->reload.config = NULL;
    master->change = CHANGE_NONE;
    refuse(master, why);
}

static void begin(struct master *master, int64_t now_ns)
{
    struct reload *reload = &master->reload;
    struct failure failure;
    char *why = NULL;

    reload->wanted = false;
    service_manager_reloading(&master->manager);
    reload->config = reload_read(master, &why);
    if (reload->config == NULL) {
        refuse(master, why == NULL ? "no memory" : why);
        free(why);
        return;
    }
    master->change = CHANGE_RELOAD;
    reload->generation++;
    reload->due_ns = now_ns + READY_WITHIN_NS;
    if (claims_open(&reload->claims, master, reload->config, 0, &failure) < 0 ||
        generations_open(master, reload->config, reload->generation, 0, &failure) < 0)
        discard(master, failure.message);
}

static bool can_begin(const struct master *master)
{
    return master->phase == PHASE_RUNNING && master->role == ROLE_IN_CHARGE &&
           master->change == CHANGE_NONE && generations_count_retiring(master) < RETIRING_MAX;
}

void reload_request(struct master *master, int64_t now_ns)
{
    if (master->phase != PHASE_RUNNING)
        refuse(master, "the master is stopping");
    else if (can_begin(master))
        begin(master, now_ns);
    else
        master->reload.wanted = true;
}

static void promote(struct master *master, int64_t now_ns)
{
    struct reload *reload = &master->reload;
    uint64_t old = master->generation;
    int64_t timeout_ns = master->config->stop_timeout_ns;

    claims_put_in_force(&reload->claims, master, master->config);
    master->config = reload->config;
    reload->config = NULL;
    master->change = CHANGE_NONE;
    generations_promote(master, reload->generation);
    generations_adjust_listeners(master);
    for_each_pool (pool, master) {
        if (pool->generation == old)
            retire_begin(pool, timeout_ns, now_ns);
    }
    log_line(LOG_NOTICE, "reloaded: generation %llu", (unsigned long long)master->generation);
    completion_set(&reload->completion, NULL);
}

/* Retire the candidates as any pool, for they may have accepted connections. Their configuration is
 * freed with the last of them. */
static void undo(struct master *master, const char *why, int64_t now_ns)
{
    struct pool *pool;

    while ((pool = generations_candidate(master)) != NULL)
        retire_begin(pool, master->config->stop_timeout_ns, now_ns);
    claims_close(&master->reload.claims);
    master->reload.config = NULL;
    master->change = CHANGE_NONE;
    refuse(master, why);
}

/* Returns whether all candidates accept. WHY says what keeps them from it for good, or is empty. */
static bool all_accept(const struct master *master, int64_t now_ns, char why[REASON_SIZE])
{
    bool all = true;

    why[0] = '\0';
    for_each_pool (pool, master) {
        if (pool->generation != master->reload.generation || pool->announced)
            continue;
        all = false;
        if (pool->slots->retry_ns > now_ns && pool->slots->failures > 0)
            snprintf(why, REASON_SIZE, "pool %s: its workers fail", pool->config->name);
        else if (now_ns >= master->reload.due_ns)
            snprintf(why, REASON_SIZE, "pool %s: not all workers accept within 10 s",
                     pool->config->name);
    }
    return all;
}

static void judge(struct master *master, int64_t now_ns)
{
    char why[REASON_SIZE];

    if (all_accept(master, now_ns, why))
        promote(master, now_ns);
    else if (why[0] != '\0')
        undo(master, why, now_ns);
}

int64_t reload_continue(struct master *master, int64_t now_ns)
{
    if (master->change == CHANGE_RELOAD)
        judge(master, now_ns);
    if (master->reload.wanted && can_begin(master))
        begin(master, now_ns);
    return master->change == CHANGE_RELOAD ? master->reload.due_ns : NEVER_NS;
}

void reload_cancel(struct master *master, int64_t now_ns)
{
    static const char why[] = "the master is stopping";

    if (master->change == CHANGE_RELOAD)
        undo(master, why, now_ns);
    else if (master->reload.wanted)
        refuse(master, why);
    master->reload.wanted = false;
}
