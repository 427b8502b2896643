/*
 * request: see request.h.
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
#include "server/pool/scale.h"

enum { WORDS_MAX = 4, LINE_EXTRA = sizeof("line \n") };

/* What is refused has nothing behind it. */
#define refuse(request, ...)                                                                       \
    (reply_refuse(&(request)->reply, __VA_ARGS__), (request)->command = COMMANDS)

static void finish(struct request *request)
{
    reply_print(&request->reply, "end");
    request->command = COMMANDS;
}

/* What changes something is logged, with who asked for it. */
static void note(const struct request *request, const char *what, const char *with)
{
    log_line(LOG_NOTICE, "asked by process %d of user %d: %s%s%s", (int)request->caller.pid,
             (int)request->caller.uid, what, with[0] == '\0' ? "" : " ", with);
}

static void begin_stop(struct master *master, struct request *request, const char *how)
{
    int64_t now_ns = clock_coarse_ns();

    if (how != NULL && strcmp(how, "fast") != 0) {
        refuse(request, STATUS_USAGE, "'%.60s' is no way to stop; there is: fast", how);
        return;
    }
    note(request, "stop", how == NULL ? "" : how);
    if (master->phase == PHASE_RUNNING)
        stop_begin(master, now_ns);
    if (how != NULL && master->phase == PHASE_STOPPING)
        stop_fast(master, "asked for");
    request->waits_for = COMMAND_STOP;
}

/* Of which pool NAME speaks, or the only one; NULL, and it is refused. */
static struct station *choose_station(struct master *master, struct request *request,
                                      const char *name)
{
    const struct config *config = master->config;
    char names[256];
    size_t length = 0;

    for (struct station *station = master->stations; station != NULL; station = station->next) {
        if (name == NULL && config->pool_count == 1)
            return station;
        if (name != NULL && strcmp(station->config->name, name) == 0)
            return station;
        if (length < sizeof(names) && station->generation == master->generation)
            length += (size_t)snprintf(names + length, sizeof(names) - length, " %s",
                                       station->config->name);
    }
    if (name == NULL)
        refuse(request, STATUS_USAGE, "which pool? There are:%s", names);
    else
        refuse(request, STATUS_FAILED, "there is no pool '%.60s'; there are:%s", name, names);
    return NULL;
}

static void begin_scale(struct master *master, struct request *request, const char *pool,
                        const char *number)
{
    struct station *station = choose_station(master, request, pool);
    struct number_range range;
    const char *reason;
    int64_t workers;

    if (station == NULL)
        return;
    if (master->phase != PHASE_RUNNING) {
        refuse(request, STATUS_FAILED, "the master is stopping");
        return;
    }
    range = station_worker_range(station->config);
    reason = number_parse_integer(number, range.min, range.max, &workers);
    if (reason != NULL) {
        refuse(request, STATUS_FAILED, "pool %s: '%.60s' %s (%lld to %lld)", station->config->name,
               number, reason, (long long)range.min, (long long)range.max);
        return;
    }
    note(request, "scale", number);
    scale_station(station, workers);
    reply_print(&request->reply, "workers %zu", station->target);
    finish(request);
}

/* Add the lines of WHY as reasons for nothing. */
static void print_failures(struct reply *reply, const char *why)
{
    while (why != NULL && *why != '\0') {
        int length = (int)strcspn(why, "\n");

        reply_print(reply, "failed %.*s", length, why);
        why += length + (why[length] == '\n');
    }
}

static void begin_diff(const struct master *master, struct request *request)
{
    char *why = NULL;

    request->text = request->rest = plan_print(master, &why);
    if (request->text == NULL) {
        print_failures(&request->reply, why);
        finish(request);
    }
    free(why);
}

static void begin_reload(struct master *master, struct request *request)
{
    note(request, "reload", "");
    request->waits_for = COMMAND_RELOAD;
    reload_ask(master, clock_coarse_ns());
}

static void begin_upgrade(struct master *master, struct request *request)
{
    note(request, "upgrade", "");
    request->waits_for = COMMAND_UPGRADE;
    upgrade_ask(master, clock_coarse_ns());
}

static void begin_reopen(struct master *master, struct request *request)
{
    note(request, "reopen", "");
    if (logsink_reopen(&master->log) == 0) {
        finish(request);
        return;
    }
    refuse(request, STATUS_FAILED, "cannot reopen the log %s: %s", master->config->log,
           strerror(errno));
}

/* Cut LINE into at most WORDS_MAX words; how many there are. */
static size_t split(char *line, char *words[WORDS_MAX])
{
    size_t count = 0;
    char *rest = NULL;

    for (char *word = strtok_r(line, " \t\r", &rest); word != NULL && count < WORDS_MAX;
         word = strtok_r(NULL, " \t\r", &rest))
        words[count++] = word;
    return count;
}

/* The command that the COUNT WORDS are, or COMMANDS and it is refused. */
static enum command_id understand(struct request *request, char *const *words, size_t count)
{
    enum command_id id = count == 0 ? COMMANDS : command_find(words[0]);
    int meant;

    if (count == 0) {
        refuse(request, STATUS_USAGE, "no command");
    } else if (id == COMMANDS) {
        meant = suggest(words[0], command_names);
        refuse(request, STATUS_USAGE, "unknown command '%.60s'%s%s%s", words[0],
               meant < 0 ? "" : "; did you mean '", meant < 0 ? "" : command_names[meant],
               meant < 0 ? "" : "'?");
    } else if (count - 1 < commands[id].words_min || count - 1 > commands[id].words_max) {
        refuse(request, STATUS_USAGE, "it is '%s%s%s'", commands[id].name,
               commands[id].words[0] == '\0' ? "" : " ", commands[id].words);
        id = COMMANDS;
    }
    return id;
}

void request_begin(struct master *master, struct request *request, char *line)
{
    char *words[WORDS_MAX];
    size_t count = split(line, words);

    request->reply.length = 0;
    request->waits_for = COMMANDS;
    request->command = understand(request, words, count);
    if (request->command == COMMANDS)
        return;
    reply_print(&request->reply, "ok");
    switch (request->command) {
    case COMMAND_STATUS:
        facts_print_master(master, &request->reply);
        break;
    case COMMAND_STOP:
        begin_stop(master, request, count > 1 ? words[1] : NULL);
        break;
    case COMMAND_SCALE:
        begin_scale(master, request, count > 2 ? words[1] : NULL, words[count - 1]);
        break;
    case COMMAND_DIFF:
        begin_diff(master, request);
        break;
    case COMMAND_RELOAD:
        begin_reload(master, request);
        break;
    case COMMAND_UPGRADE:
        begin_upgrade(master, request);
        break;
    case COMMAND_REOPEN:
        begin_reopen(master, request);
        break;
    case COMMAND_PING:
        reply_print(&request->reply, "pid %d", (int)master->pid);
        finish(request);
        break;
    case COMMAND_WORKERS:
    case COMMANDS:
        break;
    }
}

/* As many as there is room for. */
static void print_workers(const struct master *master, struct request *request)
{
    request->slot = facts_print_workers(master, request->pool, request->slot, &request->reply);
    request->pool += request->slot == 0;
}

/* As many of the lines as there is room for. */
static void print_lines(struct request *request)
{
    struct reply *reply = &request->reply;

    while (request->rest != NULL &&
           reply->length + strcspn(request->rest, "\n") + LINE_EXTRA < PIECE_SIZE) {
        const char *line = strsep(&request->rest, "\n");

        if (*line != '\0')
            reply_print(reply, "line %s", line);
    }
}

void request_end(struct request *request)
{
    free(request->text);
    request->text = request->rest = NULL;
}

bool request_continue(const struct master *master, struct request *request)
{
    if (request->waits_for != COMMANDS || request->command == COMMANDS)
        return false;
    request->reply.length = 0;
    if (request->command == COMMAND_STATUS && request->pool < master->config->pool_count)
        facts_print_pool(master, request->pool++, &request->reply);
    else if (request->command == COMMAND_WORKERS && state_station(master, request->pool) != NULL)
        print_workers(master, request);
    else if (request->rest != NULL)
        print_lines(request);
    else
        finish(request);
    return true;
}

void request_tell_stop(const struct master *master, struct request *request)
{
    uint64_t served = 0, cut = 0, refused = 0;

    for (const struct station *station = master->stations; station != NULL;
         station = station->next) {
        served += counter_read(&station->tally.ended.accepted);
        cut += station->tally.cut;
        refused += station->tally.refused;
    }
    request->waits_for = COMMANDS;
    reply_print(&request->reply, "served %llu", (unsigned long long)served);
    reply_print(&request->reply, "cut %llu", (unsigned long long)cut);
    reply_print(&request->reply, "refused %llu", (unsigned long long)refused);
    finish(request);
}

void request_tell(const struct master *master, struct request *request, const char *why)
{
    if (why == NULL && request->waits_for == COMMAND_UPGRADE)
        reply_print(&request->reply, "pid %d", (int)master->upgrade.successor);
    else if (why == NULL)
        reply_print(&request->reply, "generation %llu", (unsigned long long)master->generation);
    print_failures(&request->reply, why);
    request->waits_for = COMMANDS;
    finish(request);
}
