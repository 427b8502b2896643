/*
 * preforkctl: ask a running master, and command it, over its control socket.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/ctl/json.h"
#include "client/ctl/metrics.h"
#include "client/ctl/session.h"
#include "client/ctl/snapshot.h"
#include "client/ctl/table.h"
#include "client/ctl/top.h"
#include "client/ctl/why.h"
#include "client/program.h"
#include "common/clock.h"
#include "common/config.h"
#include "common/io.h"
#include "common/log.h"
#include "common/number.h"
#include "common/suggest.h"

static const char name[] = "preforkctl";

struct options {
    const char *config, *socket; /* one of them */
    bool json, fast;
    int64_t timeout_ns;
    char **words; /* behind the command */
    size_t word_count;
};

/* What a word of the command line does. */
struct action {
    const char *name;
    const char *command; /* for the master; NULL: RUN asks by itself */
    size_t words_max;    /* that may follow */
    bool waits;          /* the outcome takes as long as it takes */
    int (*run)(const struct options *options, const char *path, char *reply);
};

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
          "  reload            read the configuration again, and say how it went\n"
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

/* The number of the fact NAME in REPLY, or -1. */
static int64_t find_fact(const char *reply, const char *fact)
{
    size_t length = strlen(fact);

    for (const char *line = reply; line != NULL && *line != '\0';) {
        if (strncmp(line, fact, length) == 0 && line[length] == ' ')
            return strtoll(line + length, NULL, 10);
        line = strchr(line, '\n');
        line += line != NULL;
    }
    return -1;
}

/* REPLY as a snapshot, which is shown by SHOW. */
static int show(char *reply, int (*show_it)(const struct ctl_snapshot *snapshot, FILE *out))
{
    struct ctl_snapshot snapshot;
    int shown;

    if (ctl_snapshot_read(reply, &snapshot) < 0) {
        warn("cannot read what the master says");
        return STATUS_UNAVAILABLE;
    }
    shown = show_it(&snapshot, stdout);
    ctl_snapshot_free(&snapshot);
    if (shown == 0)
        return STATUS_OK;
    warn("cannot show what the master says");
    return STATUS_SYSTEM;
}

static int json_status(const struct ctl_snapshot *snapshot, FILE *out)
{
    ctl_json_status(snapshot, out);
    return 0;
}

static int json_workers(const struct ctl_snapshot *snapshot, FILE *out)
{
    ctl_json_workers(snapshot, out);
    return 0;
}

static int metrics(const struct ctl_snapshot *snapshot, FILE *out)
{
    ctl_metrics(snapshot, out);
    return 0;
}

static int why(const struct ctl_snapshot *snapshot, FILE *out)
{
    ctl_why(snapshot, out);
    return 0;
}

static int run_status(const struct options *options, const char *path, char *reply)
{
    (void)path;
    return show(reply, options->json ? json_status : ctl_table_status);
}

static int run_workers(const struct options *options, const char *path, char *reply)
{
    (void)path;
    return show(reply, options->json ? json_workers : ctl_table_workers);
}

static int run_metrics(const struct options *options, const char *path, char *reply)
{
    (void)options;
    (void)path;
    return show(reply, metrics);
}

static int run_why(const struct options *options, const char *path, char *reply)
{
    (void)options;
    (void)path;
    return show(reply, why);
}

static int run_top(const struct options *options, const char *path, char *reply)
{
    (void)reply;
    return ctl_top(path, options->timeout_ns);
}

static int run_stop(const struct options *options, const char *path, char *reply)
{
    int64_t cut = find_fact(reply, "cut");

    (void)options;
    (void)path;
    printf("stopped: %lld connections served, %lld cut, %lld refused\n",
           (long long)find_fact(reply, "served"), (long long)cut,
           (long long)find_fact(reply, "refused"));
    return cut == 0 ? STATUS_OK : STATUS_FAILED;
}

/* The lines of REPLY that are `failed WHY`: how many, all of them said. */
static int tell_failures(char *reply)
{
    int count = 0;

    for (char *line; (line = strsep(&reply, "\n")) != NULL;) {
        if (strncmp(line, "failed ", 7) != 0)
            continue;
        fprintf(stderr, "%s\n", line + 7);
        count++;
    }
    return count;
}

static int run_reload(const struct options *options, const char *path, char *reply)
{
    int64_t generation = find_fact(reply, "generation");

    (void)options;
    (void)path;
    if (tell_failures(reply) > 0 || generation < 0) {
        warnx("not reloaded, nothing has changed");
        return STATUS_FAILED;
    }
    printf("reloaded: generation %lld\n", (long long)generation);
    return STATUS_OK;
}

static int run_scale(const struct options *options, const char *path, char *reply)
{
    (void)options;
    (void)path;
    printf("%lld workers\n", (long long)find_fact(reply, "workers"));
    return STATUS_OK;
}

static int run_reopen(const struct options *options, const char *path, char *reply)
{
    (void)options;
    (void)path;
    (void)reply;
    puts("reopened");
    return STATUS_OK;
}

static int run_ping(const struct options *options, const char *path, char *reply)
{
    (void)options;
    (void)path;
    printf("the master is process %lld\n", (long long)find_fact(reply, "pid"));
    return STATUS_OK;
}

static const struct action actions[] = {
    {"status", "status", 0, false, run_status},   {"workers", "workers", 0, false, run_workers},
    {"why", "status", 0, false, run_why},         {"top", NULL, 0, false, run_top},
    {"metrics", "status", 0, false, run_metrics}, {"stop", "stop", 0, true, run_stop},
    {"reload", "reload", 0, true, run_reload},    {"scale", "scale", 2, false, run_scale},
    {"reopen", "reopen", 0, false, run_reopen},   {"ping", "ping", 0, false, run_ping},
};

enum { ACTIONS = sizeof(actions) / sizeof(actions[0]) };

/* The action that WORD names, or NULL, and why is said. */
static const struct action *find_action(const char *word)
{
    const char *names[ACTIONS + 1] = {NULL};
    int meant;

    for (size_t i = 0; i < ACTIONS; i++) {
        names[i] = actions[i].name;
        if (strcmp(word, actions[i].name) == 0)
            return &actions[i];
    }
    meant = suggest(word, names);
    warnx("unknown command '%s'%s%s%s", word, meant < 0 ? "" : "; did you mean '",
          meant < 0 ? "" : names[meant], meant < 0 ? "" : "'?");
    return NULL;
}

static bool parse_timeout(struct options *options, const char *text)
{
    const char *reason =
        number_parse_duration(text, NS_PER_MS, 86400 * NS_PER_S, &options->timeout_ns);

    if (reason != NULL)
        warnx("--timeout '%s' %s (1ms to 1d)", text, reason);
    return reason == NULL;
}

/* -1: go on; else the status to exit with. */
static int parse_options(struct options *options, int argc, char **argv)
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
static const struct action *choose_action(const struct options *options)
{
    const struct action *action = options->word_count == 0 ? NULL : find_action(options->words[0]);

    if (options->word_count == 0)
        warnx("which command?");
    if (action == NULL)
        return NULL;
    if (options->word_count - 1 > action->words_max) {
        warnx("one word too many: '%s'", options->words[1 + action->words_max]);
        return NULL;
    }
    if (action->run == run_scale && options->word_count == 1) {
        warnx("scale to how many?");
        return NULL;
    }
    if ((options->json && action->run != run_status && action->run != run_workers) ||
        (options->fast && action->run != run_stop)) {
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
static char *find_socket(const struct options *options, int *status)
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

/* What the master is told: the action's command and the words behind it. */
static void write_command(const struct options *options, const struct action *action,
                          char command[COMMAND_SIZE])
{
    size_t length = (size_t)snprintf(command, COMMAND_SIZE, "%s%s", action->command,
                                     options->fast ? " fast" : "");

    for (size_t i = 1; i < options->word_count && length < COMMAND_SIZE; i++)
        length +=
            (size_t)snprintf(command + length, COMMAND_SIZE - length, " %s", options->words[i]);
}

static int act(const struct options *options, const struct action *action, const char *path)
{
    char command[COMMAND_SIZE], *reply = NULL;
    int status;

    if (action->command == NULL)
        return action->run(options, path, NULL);
    write_command(options, action, command);
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
    struct options options = {.timeout_ns = 5 * NS_PER_S};
    const struct action *action;
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
