/*
 * dispatch: see dispatch.h.
 */
#include "server/control/dispatch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/suggest.h"
#include "server/control/actions.h"
#include "server/control/diff.h"
#include "server/control/source_list.h"
#include "server/control/status.h"
#include "server/master/master.h"

static void begin_status(struct control *control, struct command *command,
                         const struct words *words)
{
    (void)words;
    status_print_master(control->master, &command->reply);
}

static void begin_sources(struct control *control, struct command *command,
                          const struct words *words)
{
    if (words->count == 1)
        return;
    if (master_find_pool(control->master, words->at[1]) == NULL)
        command_refuse(command, STATUS_FAILED, "there is no pool '%.60s'", words->at[1]);
    else
        snprintf(command->only, sizeof(command->only), "%s", words->at[1]);
}

static void begin_diff(struct control *control, struct command *command, const struct words *words)
{
    struct failure failure = FAILURE_UNSAID;

    (void)words;
    if (control->master->phase != PHASE_RUNNING) { /* there will be no reload */
        command_refuse(command, STATUS_FAILED, "the master is stopping");
        return;
    }
    command->waits_for = COMMAND_DIFF;
    if (config_reader_begin(&command->reader, control->master->source, clock_coarse_ns(),
                            &failure) == NULL)
        return;
    command_set_lines(command, "failed", failure.message);
    command->waits_for = COMMANDS;
}

static void begin_ping(struct control *control, struct command *command, const struct words *words)
{
    (void)words;
    reply_print(&command->reply, "pid %d", (int)control->master->host.pid);
    reply_print(&command->reply, "config %s", control->master->source->path);
    command_finish(command);
}

/* What obeys each command, and begins its reply; NULL: the first piece is empty. */
static void (*const begin[COMMANDS])(struct control *control, struct command *command,
                                     const struct words *words) = {
    [COMMAND_STATUS] = begin_status,   [COMMAND_WORKERS] = NULL,
    [COMMAND_SOURCES] = begin_sources, [COMMAND_DIFF] = begin_diff,
    [COMMAND_RELOAD] = action_reload,  [COMMAND_UPGRADE] = action_upgrade,
    [COMMAND_STOP] = action_stop,      [COMMAND_SCALE] = action_scale,
    [COMMAND_REOPEN] = action_reopen,  [COMMAND_PING] = begin_ping,
};

/* Returns the words of LINE, which is changed. Words beyond WORDS_MAX are left out. */
static struct words split(char *line)
{
    struct words words = {.count = 0};
    char *rest = NULL;

    for (char *word = strtok_r(line, " \t\r", &rest); word != NULL && words.count < WORDS_MAX;
         word = strtok_r(NULL, " \t\r", &rest))
        words.at[words.count++] = word;
    return words;
}

static void refuse_unknown(struct command *command, const char *name)
{
    int meant = suggest(name, command_names);

    command_refuse(command, STATUS_USAGE, "unknown command '%.60s'%s%s%s", name,
                   meant < 0 ? "" : "; did you mean '", meant < 0 ? "" : command_names[meant],
                   meant < 0 ? "" : "'?");
}

/* Returns the command that WORDS are; or COMMANDS, and COMMAND is refused. */
static enum command_id understand(struct command *command, const struct words *words)
{
    enum command_id id = words->count == 0 ? COMMANDS : command_find(words->at[0]);
    size_t arguments = words->count - 1;

    if (words->count == 0) {
        command_refuse(command, STATUS_USAGE, "no command");
    } else if (id == COMMANDS) {
        refuse_unknown(command, words->at[0]);
    } else if (arguments < commands[id].words_min || arguments > commands[id].words_max) {
        command_refuse(command, STATUS_USAGE, "it is '%s%s%s'", commands[id].name,
                       commands[id].words[0] == '\0' ? "" : " ", commands[id].words);
        id = COMMANDS;
    }
    return id;
}

/* Refuse the command of a reader, which may only ask. Returns whether it was. */
static bool refuse_reader(struct control *control, struct command *command)
{
    const char *name = commands[command->id].name;

    if (command->peer.right == RIGHT_COMMAND || commands[command->id].is_for_readers)
        return false;
    rights_log_refusal(&control->refusals, &command->peer, name);
    command_refuse(command, STATUS_NO_PERMISSION,
                   "user %d may ask status, workers, metrics and why, as control_readers says, and "
                   "not %s",
                   (int)command->peer.process.uid, name);
    return true;
}

void dispatch_line(struct control *control, struct command *command, char *line)
{
    const struct words words = split(line);

    command->id = understand(command, &words);
    if (command->id == COMMANDS || refuse_reader(control, command))
        return;
    reply_print(&command->reply, "ok");
    if (begin[command->id] != NULL)
        begin[command->id](control, command, &words);
}

/* Print as many pools as the piece has room for, and one that is longer as far as there is. Between
 * two pieces the master looks after all its pools: with a piece for each, 1,000 pools took it
 * 250 ms. */
static void print_status(const struct master *master, struct command *command)
{
    struct reply *reply = &command->reply;
    size_t length;

    reply->is_cut = false;
    do {
        length = reply->length;
        status_print_pool(master, command->pool++, reply);
    } while (!reply->is_cut && command->pool < master->config->pool_count);
    if (reply->is_cut && length > 0) {
        reply->length = length;
        command->pool--;
    }
}

/* Print as many workers as the piece has room for; those of another pool unless it is half full. */
static void print_workers(const struct master *master, struct command *command)
{
    struct reply *reply = &command->reply;

    do {
        command->slot = status_print_workers(master, command->pool, command->slot, reply);
        command->pool += command->slot == 0;
    } while (command->slot == 0 && reply->length < PIECE_SIZE / 2 &&
             master_pool_at(master, command->pool) != NULL);
}

/* Returns whether the reply to COMMAND goes on with a pool; then it is the one at command->pool. */
static bool find_pool(const struct master *master, struct command *command)
{
    size_t index = 0;

    for_each_pool (pool, master) {
        if (index >= command->pool &&
            (command->only[0] == '\0' || strcmp(command->only, pool->config->name) == 0)) {
            command->pool = index;
            return true;
        }
        index++;
    }
    return false;
}

/* Print as many sources as the piece has room for. */
static void print_sources(const struct master *master, struct command *command)
{
    command->slot = source_list_print(master, command->pool, command->slot, &command->reply);
    command->pool += command->slot == 0;
}

bool dispatch_resume(const struct control *control, struct command *command)
{
    struct config *config;
    char *why, *text = NULL;

    if (!config_reader_take(&command->reader, &config, &why))
        return false;
    if (config != NULL)
        text = diff_print(control->master, config, &why);
    config_free(config);
    if (text != NULL)
        command_set_lines(command, "line", text);
    else
        command_set_lines(command, "failed", why == NULL ? "no memory" : why);
    command->waits_for = COMMANDS; /* the pieces that follow have them, and the end */
    free(text);
    free(why);
    return true;
}

bool dispatch_continue(const struct control *control, struct command *command)
{
    const struct master *master = control->master;

    if (command->waits_for != COMMANDS || command->id == COMMANDS)
        return false;
    if (command_continue_lines(command))
        return true;
    if (command->id == COMMAND_STATUS && command->pool < master->config->pool_count)
        print_status(master, command);
    else if (command->id == COMMAND_WORKERS && master_pool_at(master, command->pool) != NULL)
        print_workers(master, command);
    else if (command->id == COMMAND_SOURCES && find_pool(master, command))
        print_sources(master, command);
    else
        command_finish(command);
    return true;
}
