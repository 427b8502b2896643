/*
 * actions: see actions.h.
 */
#include "server/control/actions.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/number.h"
#include "server/master/master.h"
#include "server/master/stop.h"
#include "server/pool/scaling.h"
#include "server/upgrade/upgrade.h"

static void log_action(const struct command *command, const char *what, const char *with)
{
    log_line(LOG_NOTICE, "asked by process %d of user %d: %s%s%s", (int)command->peer.process.pid,
             (int)command->peer.process.uid, what, with[0] == '\0' ? "" : " ", with);
}

void action_stop(struct control *control, struct command *command, const struct words *words)
{
    struct master *master = control->master;
    const char *how = words->count > 1 ? words->at[1] : NULL;

    if (how != NULL && strcmp(how, "fast") != 0) {
        command_refuse(command, STATUS_USAGE, "'%.60s' is no way to stop; there is: fast", how);
        return;
    }
    /* The client connected before the upgrade, or to a socket that the successor did not take. */
    if (master->role == ROLE_REPLACED && control->upgrade->successor != 0) {
        command_refuse(command, STATUS_FAILED, "process %d has taken over: stop that one",
                       (int)control->upgrade->successor);
        return;
    }
    log_action(command, "stop", how == NULL ? "" : how);
    if (master->phase == PHASE_RUNNING)
        stop_request(master, clock_coarse_ns());
    if (how != NULL && master->phase == PHASE_STOPPING)
        stop_fast(master, "asked for");
    command->waits_for = COMMAND_STOP;
}

/* Returns the pool in force of that NAME, or the only one; or NULL, and COMMAND is refused. */
static struct pool *choose_pool(const struct master *master, struct command *command,
                                const char *name)
{
    char names[256];
    size_t length = 0;

    for_each_pool_in_force (pool, master) {
        if (name == NULL ? master->config->pool_count == 1 : strcmp(pool->config->name, name) == 0)
            return pool;
        if (length < sizeof(names))
            length +=
                (size_t)snprintf(names + length, sizeof(names) - length, " %s", pool->config->name);
    }
    if (name == NULL)
        command_refuse(command, STATUS_USAGE, "which pool? There are:%s", names);
    else
        command_refuse(command, STATUS_FAILED, "there is no pool '%.60s'; there are:%s", name,
                       names);
    return NULL;
}

/* Read NUMBER, which has to be in the range of POOL. Returns 0, or -1 and COMMAND is refused. */
static int read_worker_count(const struct pool *pool, struct command *command, const char *number,
                             int64_t *workers)
{
    struct number_range range = pool_worker_range(pool->config);
    const char *reason = number_parse_integer(number, range.min, range.max, workers);

    if (reason == NULL)
        return 0;
    command_refuse(command, STATUS_FAILED, "pool %s: '%.60s' %s (%lld to %lld)", pool->config->name,
                   number, reason, (long long)range.min, (long long)range.max);
    return -1;
}

/* Returns whether the only argument is the name of a pool, and no number; then COMMAND is
 * refused. */
static bool lacks_number(const struct master *master, struct command *command,
                         const struct words *words)
{
    int64_t number;

    if (words->count > 2 || number_parse_integer(words->at[1], 0, INT64_MAX, &number) == NULL ||
        master_find_pool(master, words->at[1]) == NULL)
        return false;
    command_refuse(command, STATUS_USAGE, "scale %.60s needs the number of workers: scale %.60s N",
                   words->at[1], words->at[1]);
    return true;
}

void action_scale(struct control *control, struct command *command, const struct words *words)
{
    const char *number = words->at[words->count - 1];
    char with[320];
    struct pool *pool;
    int64_t workers;

    if (lacks_number(control->master, command, words))
        return;
    pool = choose_pool(control->master, command, words->count > 2 ? words->at[1] : NULL);
    if (pool == NULL)
        return;
    if (control->master->phase != PHASE_RUNNING) {
        command_refuse(command, STATUS_FAILED, "the master is stopping");
        return;
    }
    if (read_worker_count(pool, command, number, &workers) < 0)
        return;
    snprintf(with, sizeof(with), "%s %s", pool->config->name, number);
    log_action(command, "scale", with);
    scaling_set(pool, workers);
    reply_print(&command->reply, "workers %zu", pool->target);
    reply_print(&command->reply, "noun %s", pool->kind->noun);
    command_finish(command);
}

void action_reload(struct control *control, struct command *command, const struct words *words)
{
    (void)words;
    log_action(command, "reload", "");
    command->waits_for = COMMAND_RELOAD;
    reload_request(control->master, clock_coarse_ns());
}

void action_upgrade(struct control *control, struct command *command, const struct words *words)
{
    (void)words;
    log_action(command, "upgrade", "");
    command->waits_for = COMMAND_UPGRADE;
    upgrade_request(control->upgrade, clock_coarse_ns());
}

void action_reopen(struct control *control, struct command *command, const struct words *words)
{
    (void)words;
    log_action(command, "reopen", "");
    if (takeover_reopen_logs(control->upgrade->takeover) == 0)
        command_finish(command);
    else
        command_refuse(command, STATUS_FAILED, "cannot reopen the log %s: %s",
                       control->master->config->log, strerror(errno));
}
