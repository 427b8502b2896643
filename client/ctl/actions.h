/*
 * actions: the commands of preforkctl, and what it makes of the master's reply to each.
 */
#ifndef PREFORKD_CLIENT_CTL_ACTIONS_H
#define PREFORKD_CLIENT_CTL_ACTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "client/control/snapshot.h"

enum { CTL_OVERRIDES_MAX = 64 };

/* What is set over the configuration file, by -o. */
struct ctl_overrides {
    const char *texts[CTL_OVERRIDES_MAX];
    size_t count;
};

/* The command line. */
struct ctl_options {
    const char *config, *socket; /* one of them is NULL; both: LOCATE_DEFAULT */
    struct ctl_overrides overrides;
    bool json, fast, has_timeout;
    const char *hosts; /* of --host; NULL: it was not given */
    int64_t timeout_ns;
    char **words; /* the operands: the command, then its arguments */
    size_t word_count;
};

struct ctl_action {
    const char *name;
    const char *command;         /* what to send; NULL: `run` asks by itself */
    size_t words_min, words_max; /* how many arguments it takes */
    bool waits;                  /* the reply may take any time once it has begun */
    bool has_fast, has_hosts;
    bool reads_file; /* the master reads its configuration for it, and reports what is wrong */
    bool is_change;  /* it waits, and --timeout limits that, for the master goes on in any case */

    bool says_itself; /* it says to its own client where there is no master, or another one */

    /* Show the master whose control socket is at PATH. Returns the exit status. */
    int (*run)(const struct ctl_options *options, const char *path);

    /* Print the reply, a snapshot, as text or with --json. Return 0, or -1 with errno. */
    int (*show)(const struct snapshot *snapshot, FILE *out);
    int (*show_json)(const struct snapshot *snapshot, FILE *out); /* NULL: there is no --json */

    /* Print another REPLY, which may be changed. Returns the exit status. */
    int (*report)(char *reply);
};

enum { CTL_ACTIONS = 14 };

extern const struct ctl_action ctl_actions[CTL_ACTIONS];

/* Print REPLY, which is changed, as ACTION and OPTIONS say. Returns the exit status. */
int ctl_action_print(const struct ctl_action *action, const struct ctl_options *options,
                     char *reply);

#endif
