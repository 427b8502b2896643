/*
 * actions: what preforkctl makes of the master's reply to each command.
 */
#ifndef PREFORKD_CLIENT_CTL_ACTIONS_H
#define PREFORKD_CLIENT_CTL_ACTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the command line says. */
struct ctl_options {
    const char *config, *socket; /* one of them */
    bool json, fast;
    int64_t timeout_ns;
    char **words; /* behind the command */
    size_t word_count;
};

/* What a word of the command line does. */
struct ctl_action {
    const char *name;
    const char *command;         /* for the master; NULL: RUN asks by itself */
    size_t words_min, words_max; /* that follow */
    bool waits;                  /* the outcome takes as long as it takes */
    bool has_json, has_fast;
    int (*run)(const struct ctl_options *options, const char *path, char *reply);
};

enum { CTL_ACTIONS = 12 };

extern const struct ctl_action ctl_actions[CTL_ACTIONS];

#endif
