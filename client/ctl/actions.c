/*
 * actions: see actions.h.
 */
#include "client/ctl/actions.h"

#include <stdlib.h>
#include <string.h>

#include "client/control/json.h"
#include "client/control/metrics.h"
#include "client/control/why/why.h"
#include "client/ctl/view/tables.h"
#include "client/ctl/view/top.h"
#include "client/web/http.h"
#include "common/log.h"
#include "common/status.h"
#include "common/text.h"

enum { NOUN_SIZE = 32 };

/* Return the value of the fact that is named FACT in REPLY, up to the end of its line; or NULL. */
static const char *find_value(const char *reply, const char *fact)
{
    size_t length = strlen(fact);

    for (const char *line = reply; line != NULL && *line != '\0';) {
        if (strncmp(line, fact, length) == 0 && line[length] == ' ')
            return line + length + 1;
        line = strchr(line, '\n');
        line += line != NULL;
    }
    return NULL;
}

/* Return the number of the fact that is named FACT in REPLY, or -1. */
static int64_t find_fact(const char *reply, const char *fact)
{
    const char *value = find_value(reply, fact);

    return value == NULL ? -1 : strtoll(value, NULL, 10);
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

static int json_sources(const struct snapshot *snapshot, FILE *out)
{
    json_print_sources(snapshot, out);
    return 0;
}

static int metrics(const struct snapshot *snapshot, FILE *out)
{
    metrics_print(snapshot, METRICS_PROMETHEUS, out);
    return 0;
}

static int why(const struct snapshot *snapshot, FILE *out)
{
    why_print(snapshot, out);
    return 0;
}

static int top(const struct ctl_options *options, const char *path)
{
    return top_run(path, options->timeout_ns);
}

static int http(const struct ctl_options *options, const char *path)
{
    const struct site site = {path, options->hosts, options->timeout_ns};

    return http_serve(&site);
}

static int report_stop(char *reply)
{
    int64_t cut = find_fact(reply, "cut"), earlier = find_fact(reply, "cut_earlier");

    bool is_partial = find_fact(reply, "unseen") > 0;

    fputs("stopped: ", stdout);
    if (cut >= 0)
        printf("%lld connections served, %lld cut%s, ", (long long)find_fact(reply, "served"),
               (long long)cut, is_partial ? " (those of resident programs unknown)" : "");
    else
        fputs("connections of resident programs unknown, ", stdout);
    printf("%lld refused\n", (long long)find_fact(reply, "refused"));
    return cut <= (earlier < 0 ? 0 : earlier) ? STATUS_OK : STATUS_FAILED;
}

struct messages {
    size_t lines, failed;
};

/* Print the messages in REPLY: `line TEXT` on standard output, `failed WHY` on standard error, both
 * without control characters: any process may answer on a socket. Counts both. */
static struct messages print_messages(char *reply)
{
    struct messages count = {0};

    for (char *line; (line = strsep(&reply, "\n")) != NULL;) {
        if (strncmp(line, "failed ", 7) == 0) {
            warnx("%s", line + 7);
            count.failed++;
        } else if (strncmp(line, "line ", 5) == 0) {
            text_copy_printable(line + 5, line, strlen(line));
            puts(line);
            count.lines++;
        }
    }
    return count;
}

/* Print the messages of a change that was to be DONE. Returns the number of its FACT, or -1 if it
 * failed, which is printed. */
static int64_t take_outcome(char *reply, const char *fact, const char *done)
{
    int64_t value = find_fact(reply, fact);

    if (print_messages(reply).failed == 0 && value >= 0)
        return value;
    warnx("not %s, nothing has changed", done);
    return -1;
}

static int report_reload(char *reply)
{
    int64_t generation = take_outcome(reply, "generation", "reloaded");

    if (generation < 0)
        return STATUS_FAILED;
    printf("reloaded: generation %lld\n", (long long)generation);
    return STATUS_OK;
}

static int report_upgrade(char *reply)
{
    int64_t pid = take_outcome(reply, "pid", "upgraded");

    if (pid < 0)
        return STATUS_FAILED;
    printf("upgraded: process %lld is in charge\n", (long long)pid);
    return STATUS_OK;
}

static int report_diff(char *reply)
{
    struct messages count = print_messages(reply);

    if (count.failed > 0) {
        warnx("a reload would change nothing");
        return STATUS_CONFIG;
    }
    if (count.lines > 0)
        return STATUS_FAILED;
    puts("nothing differs");
    return STATUS_OK;
}

static int report_scale(char *reply)
{
    int64_t count = find_fact(reply, "workers");
    const char *value = find_value(reply, "noun");
    char noun[NOUN_SIZE] = "worker";

    if (value != NULL) {
        reply[value - reply + (ptrdiff_t)strcspn(value, "\n")] = '\0';
        text_copy_printable(value, noun, sizeof(noun));
    }
    printf("%lld %s%s\n", (long long)count, noun, count == 1 ? "" : "s");
    return STATUS_OK;
}

static int report_reopen(char *reply)
{
    (void)reply;
    puts("reopened");
    return STATUS_OK;
}

static int report_ping(char *reply)
{
    printf("the master is process %lld\n", (long long)find_fact(reply, "pid"));
    return STATUS_OK;
}

const struct ctl_action ctl_actions[CTL_ACTIONS] = {
    {"status", .command = "status", .show = tables_print_status, .show_json = json_status},
    {"workers", .command = "workers", .show = tables_print_workers, .show_json = json_workers},
    {"sources", .command = "sources", .words_max = 1, .show = tables_print_sources,
     .show_json = json_sources},
    {"why", .command = "status", .show = why},
    {"top", .run = top},
    {"metrics", .command = "status", .show = metrics},
    {"http", .says_itself = true, .has_hosts = true, .run = http},
    {"diff", .command = "diff", .reads_file = true, .report = report_diff},
    {"reload", .command = "reload", .waits = true, .reads_file = true, .is_change = true,
     .report = report_reload},
    {"upgrade", .command = "upgrade", .waits = true, .reads_file = true, .is_change = true,
     .report = report_upgrade},
    {"stop", .command = "stop", .waits = true, .has_fast = true, .report = report_stop},
    {"scale", .command = "scale", .words_min = 1, .words_max = 2, .report = report_scale},
    {"reopen", .command = "reopen", .report = report_reopen},
    {"ping", .command = "ping", .report = report_ping},
};

int ctl_action_print(const struct ctl_action *action, const struct ctl_options *options,
                     char *reply)
{
    struct snapshot snapshot;
    int shown;

    if (action->report != NULL)
        return action->report(reply);
    if (snapshot_read(reply, &snapshot) < 0) {
        warn("cannot read the reply of the master");
        return STATUS_UNAVAILABLE;
    }
    shown = (options->json ? action->show_json : action->show)(&snapshot, stdout);
    snapshot_free(&snapshot);
    if (shown == 0)
        return STATUS_OK;
    warn("cannot show the reply of the master");
    return STATUS_SYSTEM;
}
