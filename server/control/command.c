/*
 * command: see command.h.
 */
#include "server/control/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/number.h"
#include "common/suggest.h"
#include "server/control/diff.h"
#include "server/control/status.h"
#include "server/master/master.h"
#include "server/master/stop.h"
#include "server/pool/scaling.h"
#include "server/upgrade/upgrade.h"

enum { WORDS_MAX = 4, LINE_EXTRA = sizeof("line \n") };

/* Refuse COMMAND with an exit status and a reason: the reply has no more pieces. */
#define refuse(command, ...)                                                                       \
    (reply_refuse(&(command)->reply, __VA_ARGS__), (command)->id = COMMANDS)

/* The reply ends with this piece. */
static void finish(struct command *command)
{
    reply_print(&command->reply, "end");
    command->id = COMMANDS;
}

/* Log a command that changes something, with the process that sent it. */
static void note(const struct command *command, const char *what, const char *with)
{
    log_line(LOG_NOTICE, "asked by process %d of user %d: %s%s%s", (int)command->peer.pid,
             (int)command->peer.uid, what, with[0] == '\0' ? "" : " ", with);
}

static void begin_stop(struct master *master, struct command *command, const char *how)
{
    if (how != NULL && strcmp(how, "fast") != 0) {
        refuse(command, STATUS_USAGE, "'%.60s' is no way to stop; there is: fast", how);
        return;
    }
    note(command, "stop", how == NULL ? "" : how);
    if (master->phase == PHASE_RUNNING)
        stop_request(master, clock_coarse_ns());
    if (how != NULL && master->phase == PHASE_STOPPING)
        stop_fast(master, "asked for");
    command->waits_for = COMMAND_STOP;
}

/* Returns the pool of that NAME, or the only one; or NULL, and COMMAND is refused. */
static struct pool *choose_pool(struct master *master, struct command *command, const char *name)
{
    const struct config *config = master->config;
    char names[256];
    size_t length = 0;

    for_each_pool (pool, master) {
        if (name == NULL && config->pool_count == 1)
            return pool;
        if (name != NULL && strcmp(pool->config->name, name) == 0)
            return pool;
        if (length < sizeof(names) && pool->generation == master->generation)
            length +=
                (size_t)snprintf(names + length, sizeof(names) - length, " %s", pool->config->name);
    }
    if (name == NULL)
        refuse(command, STATUS_USAGE, "which pool? There are:%s", names);
    else
        refuse(command, STATUS_FAILED, "there is no pool '%.60s'; there are:%s", name, names);
    return NULL;
}

static void begin_scale(struct master *master, struct command *command, const char *name,
                        const char *number)
{
    struct pool *pool = choose_pool(master, command, name);
    struct number_range range;
    const char *reason;
    int64_t workers;

    if (pool == NULL)
        return;
    if (master->phase != PHASE_RUNNING) {
        refuse(command, STATUS_FAILED, "the master is stopping");
        return;
    }
    range = pool_worker_range(pool->config);
    reason = number_parse_integer(number, range.min, range.max, &workers);
    if (reason != NULL) {
        refuse(command, STATUS_FAILED, "pool %s: '%.60s' %s (%lld to %lld)", pool->config->name,
               number, reason, (long long)range.min, (long long)range.max);
        return;
    }
    note(command, "scale", number);
    scaling_set(pool, workers);
    reply_print(&command->reply, "workers %zu", pool->target);
    finish(command);
}

/* Add the lines of WHY, the reasons why nothing has changed. */
static void print_failures(struct reply *reply, const char *why)
{
    while (why != NULL && *why != '\0') {
        int length = (int)strcspn(why, "\n");

        reply_print(reply, "failed %.*s", length, why);
        why += length + (why[length] == '\n');
    }
}

static void begin_diff(const struct master *master, struct command *command)
{
    char *why = NULL;

    command->text = command->rest = diff_print(master, &why);
    if (command->text == NULL) {
        print_failures(&command->reply, why);
        finish(command);
    }
    free(why);
}

static void begin_reload(struct master *master, struct command *command)
{
    note(command, "reload", "");
    command->waits_for = COMMAND_RELOAD;
    reload_request(master, clock_coarse_ns());
}

static void begin_upgrade(struct upgrade *upgrade, struct command *command)
{
    note(command, "upgrade", "");
    command->waits_for = COMMAND_UPGRADE;
    upgrade_request(upgrade, clock_coarse_ns());
}

static void begin_reopen(struct master *master, struct command *command)
{
    note(command, "reopen", "");
    if (log_sink_reopen(&master->log) == 0) {
        finish(command);
        return;
    }
    refuse(command, STATUS_FAILED, "cannot reopen the log %s: %s", master->config->log,
           strerror(errno));
}

/* Cut LINE into at most WORDS_MAX words. Returns how many there are. */
static size_t split(char *line, char *words[WORDS_MAX])
{
    size_t count = 0;
    char *rest = NULL;

    for (char *word = strtok_r(line, " \t\r", &rest); word != NULL && count < WORDS_MAX;
         word = strtok_r(NULL, " \t\r", &rest))
        words[count++] = word;
    return count;
}

/* Returns the command that the COUNT WORDS are; or COMMANDS, and COMMAND is refused. */
static enum command_id understand(struct command *command, char *const *words, size_t count)
{
    enum command_id id = count == 0 ? COMMANDS : command_find(words[0]);
    int meant;

    if (count == 0) {
        refuse(command, STATUS_USAGE, "no command");
    } else if (id == COMMANDS) {
        meant = suggest(words[0], command_names);
        refuse(command, STATUS_USAGE, "unknown command '%.60s'%s%s%s", words[0],
               meant < 0 ? "" : "; did you mean '", meant < 0 ? "" : command_names[meant],
               meant < 0 ? "" : "'?");
    } else if (count - 1 < commands[id].words_min || count - 1 > commands[id].words_max) {
        refuse(command, STATUS_USAGE, "it is '%s%s%s'", commands[id].name,
               commands[id].words[0] == '\0' ? "" : " ", commands[id].words);
        id = COMMANDS;
    }
    return id;
}

void command_init(struct command *command)
{
    command->id = command->waits_for = COMMANDS;
    command->pool = command->slot = command->reply.length = 0;
    command->text = command->rest = NULL;
}

/* Begin the reply to COMMAND, whose COUNT WORDS are as its syntax has them. */
static void begin_reply(struct control *control, struct command *command, char *const *words,
                        size_t count)
{
    struct master *master = control->master;

    switch (command->id) {
    case COMMAND_STATUS:
        status_print_master(master, &command->reply);
        break;
    case COMMAND_STOP:
        begin_stop(master, command, count > 1 ? words[1] : NULL);
        break;
    case COMMAND_SCALE:
        begin_scale(master, command, count > 2 ? words[1] : NULL, words[count - 1]);
        break;
    case COMMAND_DIFF:
        begin_diff(master, command);
        break;
    case COMMAND_RELOAD:
        begin_reload(master, command);
        break;
    case COMMAND_UPGRADE:
        begin_upgrade(control->upgrade, command);
        break;
    case COMMAND_REOPEN:
        begin_reopen(master, command);
        break;
    case COMMAND_PING:
        reply_print(&command->reply, "pid %d", (int)master->host.pid);
        finish(command);
        break;
    case COMMAND_WORKERS:
    case COMMANDS:
        break;
    }
}

void command_begin(struct control *control, struct command *command, char *line)
{
    char *words[WORDS_MAX];
    size_t count = split(line, words);

    command->id = understand(command, words, count);
    if (command->id == COMMANDS)
        return;
    reply_print(&command->reply, "ok");
    begin_reply(control, command, words, count);
}

/* Print as many workers as the piece has room for. */
static void print_workers(const struct master *master, struct command *command)
{
    command->slot = status_print_workers(master, command->pool, command->slot, &command->reply);
    command->pool += command->slot == 0;
}

/* Print as many lines as the piece has room for. */
static void print_lines(struct command *command)
{
    struct reply *reply = &command->reply;

    while (command->rest != NULL &&
           reply->length + strcspn(command->rest, "\n") + LINE_EXTRA < PIECE_SIZE) {
        const char *line = strsep(&command->rest, "\n");

        if (*line != '\0')
            reply_print(reply, "line %s", line);
    }
}

void command_end(struct command *command)
{
    free(command->text);
    command->text = command->rest = NULL;
}

bool command_continue(const struct control *control, struct command *command)
{
    const struct master *master = control->master;

    if (command->waits_for != COMMANDS || command->id == COMMANDS)
        return false;
    command->reply.length = 0;
    if (command->id == COMMAND_STATUS && command->pool < master->config->pool_count)
        status_print_pool(master, command->pool++, &command->reply);
    else if (command->id == COMMAND_WORKERS && master_pool_at(master, command->pool) != NULL)
        print_workers(master, command);
    else if (command->rest != NULL)
        print_lines(command);
    else
        finish(command);
    return true;
}

void command_report_stop(const struct control *control, struct command *command)
{
    uint64_t served = 0, cut = 0, refused = 0;

    for_each_pool (pool, control->master) {
        served += counter_read(&pool->totals.ended.accepted);
        cut += pool->totals.cut;
        refused += pool->totals.refused;
    }
    command->waits_for = COMMANDS;
    reply_print(&command->reply, "served %llu", (unsigned long long)served);
    reply_print(&command->reply, "cut %llu", (unsigned long long)cut);
    reply_print(&command->reply, "refused %llu", (unsigned long long)refused);
    finish(command);
}

void command_report(const struct control *control, struct command *command, const char *why)
{
    if (why == NULL && command->waits_for == COMMAND_UPGRADE)
        reply_print(&command->reply, "pid %d", (int)control->upgrade->successor);
    else if (why == NULL)
        reply_print(&command->reply, "generation %llu",
                    (unsigned long long)control->master->generation);
    print_failures(&command->reply, why);
    command->waits_for = COMMANDS;
    finish(command);
}
