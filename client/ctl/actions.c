/*
 * actions: see actions.h.
 */
#include "client/ctl/actions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/control/json.h"
#include "client/control/snapshot.h"
#include "client/ctl/metrics.h"
#include "client/ctl/view/tables.h"
#include "client/ctl/view/top.h"
#include "client/ctl/why.h"
#include "common/log.h"
#include "common/status.h"
#include "common/text.h"

/* Return the number of the fact that is named FACT in REPLY, or -1. */
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

/* Show REPLY, read as a snapshot, by SHOW_IT. Returns the exit status. */
static int show(char *reply, int (*show_it)(const struct snapshot *snapshot, FILE *out))
{
    struct snapshot snapshot;
    int shown;

    if (snapshot_read(reply, &snapshot) < 0) {
        warn("cannot read the reply of the master");
        return STATUS_UNAVAILABLE;
    }
    shown = show_it(&snapshot, stdout);
    snapshot_free(&snapshot);
    if (shown == 0)
        return STATUS_OK;
    warn("cannot show the reply of the master");
    return STATUS_SYSTEM;
}

static int json_status(const struct snapshot *snapshot, FILE *out)
{
    json_print_status(snapshot, out);
    return 0;
}

static int json_workers(const struct snapshot *snapshot, FILE *out)
{
    json_print_workers(snapshot, out);
    return 0;
}

static int metrics(const struct snapshot *snapshot, FILE *out)
{
    metrics_print(snapshot, out);
    return 0;
}

static int why(const struct snapshot *snapshot, FILE *out)
{
    why_print(snapshot, out);
    return 0;
}

static int run_status(const struct ctl_options *options, const char *path, char *reply)
{
    (void)path;
    return show(reply, options->json ? json_status : tables_print_status);
}

static int run_workers(const struct ctl_options *options, const char *path, char *reply)
{
    (void)path;
    return show(reply, options->json ? json_workers : tables_print_workers);
}

static int run_metrics(const struct ctl_options *options, const char *path, char *reply)
{
    (void)options;
    (void)path;
    return show(reply, metrics);
}

static int run_why(const struct ctl_options *options, const char *path, char *reply)
{
    (void)options;
    (void)path;
    return show(reply, why);
}

static int run_top(const struct ctl_options *options, const char *path, char *reply)
{
    (void)reply;
    return top_run(path, options->timeout_ns);
}

static int run_stop(const struct ctl_options *options, const char *path, char *reply)
{
    int64_t cut = find_fact(reply, "cut");

    (void)options;
    (void)path;
    printf("stopped: %lld connections served, %lld cut, %lld refused\n",
           (long long)find_fact(reply, "served"), (long long)cut,
           (long long)find_fact(reply, "refused"));
    return cut == 0 ? STATUS_OK : STATUS_FAILED;
}

/* Print the messages in REPLY: `line TEXT` on standard output, `failed WHY` on standard error, both
 * without control characters: any process may answer on a socket. Returns how many have failed. */
static int print_messages(char *reply)
{
    char text[4096];
    int count = 0;

    for (char *line; (line = strsep(&reply, "\n")) != NULL;) {
        if (strncmp(line, "failed ", 7) == 0) {
            warnx("%s", line + 7);
            count++;
        } else if (strncmp(line, "line ", 5) == 0) {
            text_copy_printable(line + 5, text, sizeof(text));
            puts(text);
        }
    }
    return count;
}

static int run_reload(const struct ctl_options *options, const char *path, char *reply)
{
    int64_t generation = find_fact(reply, "generation");

    (void)options;
    (void)path;
    if (print_messages(reply) > 0 || generation < 0) {
        warnx("not reloaded, nothing has changed");
        return STATUS_FAILED;
    }
    printf("reloaded: generation %lld\n", (long long)generation);
    return STATUS_OK;
}

static int run_diff(const struct ctl_options *options, const char *path, char *reply)
{
    (void)options;
    (void)path;
    if (print_messages(reply) == 0)
        return STATUS_OK;
    warnx("a reload would change nothing");
    return STATUS_FAILED;
}

static int run_upgrade(const struct ctl_options *options, const char *path, char *reply)
{
    int64_t pid = find_fact(reply, "pid");

    (void)options;
    (void)path;
    if (print_messages(reply) > 0 || pid < 0) {
        warnx("not upgraded, nothing has changed");
        return STATUS_FAILED;
    }
    printf("upgraded: process %lld is in charge\n", (long long)pid);
    return STATUS_OK;
}

static int run_scale(const struct ctl_options *options, const char *path, char *reply)
{
    (void)options;
    (void)path;
    printf("%lld workers\n", (long long)find_fact(reply, "workers"));
    return STATUS_OK;
}

static int run_reopen(const struct ctl_options *options, const char *path, char *reply)
{
    (void)options;
    (void)path;
    (void)reply;
    puts("reopened");
    return STATUS_OK;
}

static int run_ping(const struct ctl_options *options, const char *path, char *reply)
{
    (void)options;
    (void)path;
    printf("the master is process %lld\n", (long long)find_fact(reply, "pid"));
    return STATUS_OK;
}

const struct ctl_action ctl_actions[CTL_ACTIONS] = {
    {.name = "status", .command = "status", .has_json = true, .run = run_status},
    {.name = "workers", .command = "workers", .has_json = true, .run = run_workers},
    {.name = "why", .command = "status", .run = run_why},
    {.name = "top", .run = run_top},
    {.name = "metrics", .command = "status", .run = run_metrics},
    {.name = "diff", .command = "diff", .run = run_diff},
    {.name = "reload", .command = "reload", .waits = true, .run = run_reload},
    {.name = "upgrade", .command = "upgrade", .waits = true, .run = run_upgrade},
    {.name = "stop", .command = "stop", .waits = true, .has_fast = true, .run = run_stop},
    {.name = "scale", .command = "scale", .words_min = 1, .words_max = 2, .run = run_scale},
    {.name = "reopen", .command = "reopen", .run = run_reopen},
    {.name = "ping", .command = "ping", .run = run_ping},
};
