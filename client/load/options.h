/*
 * options: the command line of preforkload.
 */
#ifndef PREFORKD_CLIENT_LOAD_OPTIONS_H
#define PREFORKD_CLIENT_LOAD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/shared/command_line.h"
#include "client/shared/target.h"

/* What a reply must be: each byte plus one, the same bytes, or any bytes, at least as many. In
 * options also that it follows from the service of the pool. */
enum load_expect { EXPECT_INCREMENT, EXPECT_ECHO, EXPECT_ANY, EXPECT_BY_SERVICE };

/* The names of the first three, in their order. */
extern const char *const load_expect_names[EXPECT_BY_SERVICE];

enum { LOAD_CHECKS_MAX = 32 };

/* The value of a number that was not given. */
#define LOAD_NOT_GIVEN (-1)

struct load_options {
    struct target_options to;
    int64_t processes, connections, rate, warm_up_ns, duration_ns, requests, size;
    int64_t connect_timeout_ns, timeout_ns, late_ns, hold_ns, interval_ns, seed;
    enum load_expect expect;
    bool keep_open, json, quiet;
    const char *checks[LOAD_CHECKS_MAX];
    size_t check_count;
    bool compare;
    const char *reports[2]; /* files to compare */
    const char *tolerance;  /* or NULL */
};

/* Read the command line. Returns COMMAND_LINE_GO_ON, or the status to exit with: help or a message
 * was printed. */
int load_options_parse(struct load_options *options, int argc, char **argv);

#endif
