/*
 * preforkctl: ask a running master, and command it, over its control socket.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/control/session.h"
#include "client/ctl/actions.h"
#include "client/shared/command_line.h"
#include "client/shared/program.h"
#include "common/clock.h"
#include "common/config/config.h"
#include "common/control_protocol.h"
#include "common/io.h"
#include "common/log.h"
#include "common/suggest.h"

static const char name[] = "preforkctl";

#define FIELD(member) offsetof(struct ctl_options, member)
static const struct command_option options_table[] = {
    {"c", "FILE", "the master of this configuration: its key control says where", OPTION_TEXT,
     .offset = FIELD(config)},
    {"s", "SOCKET", "the master whose control socket is at this path", OPTION_TEXT,
     .offset = FIELD(socket)},
    {"json", NULL, "status and workers as a JSON object", OPTION_FLAG, .offset = FIELD(json)},
    {"fast", NULL, "with stop: cut the connections in hand", OPTION_FLAG, .offset = FIELD(fast)},
    {"timeout", "DURATION", "give up when there is no answer for so long (5s)", OPTION_DURATION,
     .offset = FIELD(timeout_ns), .range = {NS_PER_MS, 86400 * NS_PER_S}},
};

static const struct command_line command_line = {
    .program = name,
    .usage =
        "usage: preforkctl -c FILE|-s SOCKET [options] COMMAND\n"
        "\n"
        "Ask a running master, and command it.\n"
        "\n"
        "  status            the pools: workers, queue, rates, times, what went wrong\n"
        "  workers           each worker: what it is at, for how long, for whom\n"
        "  why               in a sentence, what ails a pool and what helps\n"
        "  top               a live view (q quits, s sorts, h helps)\n"
        "  metrics           everything in Prometheus' text format\n"
        "  diff              what the configuration file says otherwise, and what a reload would "
        "do\n"
        "  reload            read the configuration again, and say how it went\n"
        "  upgrade           have the binary that is there now take over, and say how it went\n"
        "  stop              stop gracefully, wait for the end and say how it went\n"
        "  scale [POOL] N    have N workers until the configuration is read again\n"
        "  reopen            open the log file again\n"
        "  ping              see whether the master answers\n"
        "\n",
    .options = options_table,
    .option_count = sizeof(options_table) / sizeof(options_table[0]),
};

/* The action that WORD names, or NULL, and why is said. */
static const struct ctl_action *find_action(const char *word)
{
    const char *names[CTL_ACTIONS + 1] = {NULL};
    int meant;

    for (size_t i = 0; i < CTL_ACTIONS; i++) {
        names[i] = ctl_actions[i].name;
        if (strcmp(word, ctl_actions[i].name) == 0)
            return &ctl_actions[i];
    }
    meant = suggest(word, names);
    warnx("unknown command '%s'%s%s%s", word, meant < 0 ? "" : "; did you mean '",
          meant < 0 ? "" : names[meant], meant < 0 ? "" : "'?");
    return NULL;
}

/* The action that the words ask for, or NULL, and why is said. */
static const struct ctl_action *choose_action(const struct ctl_options *options)
{
    const struct ctl_action *action =
        options->word_count == 0 ? NULL : find_action(options->words[0]);

    if (options->word_count == 0)
        warnx("which command?");
    if (action == NULL)
        return NULL;
    if (options->word_count - 1 > action->words_max) {
        warnx("one word too many: '%s'", options->words[1 + action->words_max]);
        return NULL;
    }
    if (options->word_count - 1 < action->words_min) {
        warnx("%s to how many?", action->name);
        return NULL;
    }
    if ((options->json && !action->has_json) || (options->fast && !action->has_fast)) {
        warnx("%s has no %s", action->name, options->json ? "--json" : "--fast");
        return NULL;
    }
    if ((options->config == NULL) == (options->socket == NULL)) {
        warnx("which master? -c FILE or -s SOCKET");
        return NULL;
    }
    return action;
}

/* The path of the control socket, to be freed; NULL, and why is said: *STATUS is what to exit with. */
static char *find_socket(const struct ctl_options *options, int *status)
{
    const struct config_source source = {.file = options->config};
    struct config *config;
    char *errors, *path;

    if (options->socket != NULL)
        return strdup(options->socket);
    *status = STATUS_CONFIG;
    config = config_load(&source, &errors);
    if (config == NULL) {
        fputs(errors, stderr);
        free(errors);
        return NULL;
    }
    if (config->control == NULL)
        warnx("%s sets no control: its master has no control socket", options->config);
    path = config->control == NULL ? NULL : strdup(config->control);
    config_free(config);
    return path;
}

/* What the master is told: the action's command and the words behind it. 0, or -1 where that is no
 * line for it. */
static int write_command(const struct ctl_options *options, const struct ctl_action *action,
                         char command[COMMAND_SIZE])
{
    size_t length = (size_t)snprintf(command, COMMAND_SIZE, "%s%s", action->command,
                                     options->fast ? " fast" : "");

    for (size_t i = 1; i < options->word_count && length < COMMAND_SIZE; i++)
        length +=
            (size_t)snprintf(command + length, COMMAND_SIZE - length, " %s", options->words[i]);
    return length < COMMAND_SIZE - 1 && strchr(command, '\n') == NULL ? 0 : -1;
}

static int act(const struct ctl_options *options, const struct ctl_action *action, const char *path)
{
    char command[COMMAND_SIZE], *reply = NULL;
    int status;

    if (action->command == NULL)
        return action->run(options, path, NULL);
    if (write_command(options, action, command) < 0) {
        warnx("the words behind %s are too long, or have a newline", action->name);
        return STATUS_USAGE;
    }
    status = (int)session_ask(path, command, options->timeout_ns,
                              action->waits ? IO_NO_DEADLINE : options->timeout_ns, &reply);
    if (status == STATUS_OK)
        status = program_end(action->run(options, path, reply));
    else
        warnx("%s", reply == NULL ? strerror(ENOMEM) : reply);
    free(reply);
    return status;
}

int main(int argc, char **argv)
{
    struct ctl_options options = {.timeout_ns = 5 * NS_PER_S};
    const struct ctl_action *action;
    char *path;
    int status;

    program_start(name);
    status = command_line_parse(&command_line, &options, NULL, argc, argv);
    if (status != COMMAND_LINE_GO_ON)
        return status;
    options.words = argv + optind;
    options.word_count = (size_t)(argc - optind);
    action = choose_action(&options);
    if (action == NULL)
        return program_refuse_usage(name);
    status = STATUS_SYSTEM;
    path = find_socket(&options, &status);
    if (path == NULL)
        return status;
    status = act(&options, action, path);
    free(path);
    return status;
}
