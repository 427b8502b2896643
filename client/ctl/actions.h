/*
 * actions: the commands of preforkctl, and what it makes of the master's reply to each.
 */
#ifndef PREFORKD_CLIENT_CTL_ACTIONS_H
#define PREFORKD_CLIENT_CTL_ACTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The command line. */
struct ctl_options {
    const char *config, *socket; /* one of them is not NULL */
    bool json, fast;
    int64_t timeout_ns;
    char **words; /* the operands: the command, then its arguments */
    size_t word_count;
};

struct ctl_action {
    const char *name;
    const char *command;         /* what to send; NULL: RUN asks by itself, and REPLY is NULL */
    size_t words_min, words_max; /* how many arguments it takes */
    bool waits;                  /* the reply may take any time once it has begun */
    bool has_json, has_fast;

    /* Print what REPLY says, which may be changed. PATH is the control socket. Returns the exit status. */
    int (*run)(const struct ctl_options *options, const char *path, char *reply);
};

enum { CTL_ACTIONS = 12 };

extern const struct ctl_action ctl_actions[CTL_ACTIONS];

#endif
