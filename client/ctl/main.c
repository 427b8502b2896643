/*
 * preforkctl: ask a running master, and command it, over its control socket.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/control/session.h"
#include "client/ctl/actions.h"
#include "client/shared/program.h"
#include "common/clock.h"
#include "common/config/config.h"
#include "common/control_protocol.h"
#include "common/io.h"
#include "common/log.h"
#include "common/number.h"
#include "common/suggest.h"

static const char name[] = "preforkctl";

static void print_help(void)
{
    fputs("usage: preforkctl -c FILE|-s SOCKET [options] COMMAND\n"
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
          "\n"
          "  -c FILE             the master of this configuration: its key control says where\n"
          "  -s SOCKET           the master whose control socket is at this path\n"
          "  --json              status and workers as a JSON object\n"
          "  --fast              with stop: cut the connections in hand\n"
          "  --timeout DURATION  give up when there is no answer for so long (5s)\n"
          "  -V                  print the version\n"
          "  -h                  print this\n",
          stdout);
}

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

static bool parse_timeout(struct ctl_options *options, const char *text)
{
    const char *reason =
        number_parse_duration(text, NS_PER_MS, 86400 * NS_PER_S, &options->timeout_ns);

    if (reason != NULL)
        warnx("--timeout '%s' %s (1ms to 1d)", text, reason);
    return reason == NULL;
}

/* -1: go on; else the status to exit with. */
static int parse_options(struct ctl_options *options, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"json", no_argument, NULL, 'j'},
        {"fast", no_argument, NULL, 'f'},
        {"timeout", required_argument, NULL, 't'},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "c:s:Vh", long_options, NULL)) != -1) {
        switch (option) {
        case 'c':
            options->config = optarg;
            break;
        case 's':
            options->socket = optarg;
            break;
        case 'j':
            options->json = true;
            break;
        case 'f':
            options->fast = true;
            break;
        case 't':
            if (!parse_timeout(options, optarg))
                return program_refuse_usage(name);
            break;
        case 'V':
            return program_print_version(name);
        case 'h':
            print_help();
            return program_end(STATUS_OK);
        default:
            return program_refuse_usage(name);
        }
    }
    options->words = argv + optind;
    options->word_count = (size_t)(argc - optind);
    return -1;
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
    status = (int)ctl_session_ask(path, command, options->timeout_ns,
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
    status = parse_options(&options, argc, argv);
    if (status >= 0)
        return status;
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
