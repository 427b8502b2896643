/*
 * preforkctl: query and command a running master over its control socket.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/control/session.h"
#include "client/ctl/actions.h"
#include "client/ctl/locate.h"
#include "client/shared/command_line.h"
#include "client/shared/program.h"
#include "client/web/host.h"
#include "common/clock.h"
#include "common/control_protocol.h"
#include "common/io.h"
#include "common/log.h"
#include "common/suggest.h"

#define TIMEOUT_NS (5 * NS_PER_S)

static const char name[] = "preforkctl";

static const char *add_override(void *value, const char *text)
{
    struct ctl_overrides *overrides = value;

    if (overrides->count == CTL_OVERRIDES_MAX)
        return "is one -o too many";
    overrides->texts[overrides->count++] = text;
    return NULL;
}

/* Store the names of --host. */
static const char *set_hosts(void *value, const char *text)
{
    const char **hosts = value;

    if (*hosts != NULL)
        return "is a second list: put commas between the names";
    *hosts = text;
    return host_check_names(text);
}

#define FIELD(member) offsetof(struct ctl_options, member)
static const struct command_option options_table[] = {
    {"c", "FILE", "find the control socket in this configuration, key control", OPTION_TEXT,
     .offset = FIELD(config)},
    {"o", "KEY=VALUE", "set KEY over what the file says, as the master was started", OPTION_OTHER,
     .offset = FIELD(overrides), .take = add_override},
    {"s", "SOCKET", "use the control socket at this path", OPTION_TEXT, .offset = FIELD(socket)},
    {"json", NULL, "print status, workers or sources as a JSON object", OPTION_FLAG,
     .offset = FIELD(json)},
    {"fast", NULL, "with stop: cut active connections", OPTION_FLAG, .offset = FIELD(fast)},
    {"host", "NAMES", "with http: show the master under these names as well", OPTION_OTHER,
     .offset = FIELD(hosts), .take = set_hosts},
    {"timeout", "DURATION", "give up if there is no answer within this time (5s)", OPTION_DURATION,
     .offset = FIELD(timeout_ns), .range = {NS_PER_MS, 86400 * NS_PER_S}},
};

static const struct command_line command_line = {
    .program = name,
    .usage =
        "usage: preforkctl [-c FILE|-s SOCKET] [options] COMMAND\n"
        "\n"
        "Query and command a running master; without -c and -s the one at\n" LOCATE_DEFAULT ".\n"
        "\n"
        "  status            pools: workers, queue, rates, times, failures\n"
        "  workers           each worker: state and since when, connections, client\n"
        "  sources [POOL]    whose connections there are, and were refused, the busiest first\n"
        "  why               say in a sentence what is wrong and what helps\n"
        "  top               show a live view (q: quit, s: sort, h: help)\n"
        "  metrics           all figures in Prometheus' text format\n"
        "  http              show the master to a browser, on standard input and output\n"
        "  diff              compare the configuration file with what is running\n"
        "  reload            reload the configuration, and wait for the outcome\n"
        "  upgrade           start the new binary, and wait until it has taken over\n"
        "  stop              stop gracefully, and wait for the end\n"
        "  scale [POOL] N    set the number of workers until the next reload\n"
        "  reopen            reopen the log file\n"
        "  ping              check whether the master answers\n"
        "\n",
    .options = options_table,
    .option_count = sizeof(options_table) / sizeof(options_table[0]),
};

/* Return the action that WORD names; NULL, and the reason is printed. */
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

/* Return one of OPTIONS that ACTION does not have, or NULL. */
static const char *find_foreign(const struct ctl_options *options, const struct ctl_action *action)
{
    if (options->json && action->show_json == NULL)
        return "--json";
    if (options->fast && !action->has_fast)
        return "--fast";
    return options->hosts != NULL && !action->has_hosts ? "--host" : NULL;
}

/* Return the action that the operands ask for; NULL, and the reason is printed. */
static const struct ctl_action *choose_action(const struct ctl_options *options)
{
    const struct ctl_action *action =
        options->word_count == 0 ? NULL : find_action(options->words[0]);
    const char *foreign = action == NULL ? NULL : find_foreign(options, action);

    if (options->word_count == 0)
        warnx("no command given");
    if (action == NULL)
        return NULL;
    if (options->word_count - 1 > action->words_max) {
        warnx("unexpected argument '%s'", options->words[1 + action->words_max]);
        return NULL;
    }
    if (options->word_count - 1 < action->words_min) {
        warnx("%s needs the number of workers", action->name);
        return NULL;
    }
    if (foreign != NULL) {
        warnx("%s has no %s", action->name, foreign);
        return NULL;
    }
    if (options->socket != NULL && (options->config != NULL || options->overrides.count > 0)) {
        warnx("give either -c FILE or -s SOCKET");
        return NULL;
    }
    if (options->config == NULL && options->overrides.count > 0) {
        warnx("-o needs -c FILE: it changes what the file says");
        return NULL;
    }
    return action;
}

/* Write the line for the master to COMMAND: the action's command and its arguments. Returns 0, or
 * -1 if that is not one line, or too long. */
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

/* Returns how long ACTION may take. A reload that may wait for earlier generations ends this
 * program's patience only where a limit is given. */
static int64_t outcome_ns(const struct ctl_options *options, const struct ctl_action *action)
{
    return action->waits && !(action->is_change && options->has_timeout) ? IO_NO_DEADLINE
                                                                         : options->timeout_ns;
}

static int act(const struct ctl_options *options, const struct ctl_action *action, const char *path)
{
    char command[COMMAND_SIZE], *reply = NULL;
    int status;

    if (action->run != NULL)
        return action->run(options, path);
    if (write_command(options, action, command) < 0) {
        warnx("the arguments of %s are too long, or contain a newline", action->name);
        return STATUS_USAGE;
    }
    status =
        (int)session_ask(path, command, options->timeout_ns, outcome_ns(options, action), &reply);
    if (status == STATUS_OK)
        status = program_end(ctl_action_print(action, options, reply));
    else
        warnx("%s", reply == NULL ? strerror(ENOMEM) : reply);
    free(reply);
    return status;
}

int main(int argc, char **argv)
{
    struct ctl_options options = {0};
    const struct ctl_action *action;
    char *path;
    int status;

    program_start(name);
    status = command_line_parse(&command_line, &options, NULL, argc, argv);
    if (status != COMMAND_LINE_GO_ON)
        return status;
    options.has_timeout = options.timeout_ns != 0;
    if (!options.has_timeout)
        options.timeout_ns = TIMEOUT_NS;
    options.words = argv + optind;
    options.word_count = (size_t)(argc - optind);
    action = choose_action(&options);
    if (action == NULL)
        return program_refuse_usage(name);
    path = locate_socket(&options, action, &status);
    if (path == NULL)
        return status;
    status = action->says_itself ? STATUS_OK : locate_check(&options, path);
    if (status == STATUS_OK)
        status = act(&options, action, path);
    if (status == STATUS_UNAVAILABLE && options.config == NULL && options.socket == NULL)
        warnx("an installed master would be there; -c FILE or -s SOCKET names another");
    free(path);
    return status;
}
