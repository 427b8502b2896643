/*
 * command_line: the options of a client program. One table of the program's drives parsing,
 * messages and help; -V, --version, -h and --help are known to every program.
 */
#ifndef PREFORKD_CLIENT_SHARED_COMMAND_LINE_H
#define PREFORKD_CLIENT_SHARED_COMMAND_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "common/number.h"

enum option_kind {
    OPTION_FLAG,     /* bool: set to true; the only kind without an argument */
    OPTION_TEXT,     /* const char *, which points into argv */
    OPTION_INTEGER,  /* int64_t, in RANGE */
    OPTION_SIZE,     /* the same, in bytes */
    OPTION_DURATION, /* the same, in nanoseconds */
    OPTION_OTHER,    /* what TAKE makes of it */
};

struct command_option {
    const char *name; /* "c" is -c, "timeout" is --timeout */
    const char *argument, *help;
    enum option_kind kind;
    size_t offset; /* of the value, in the structure that the options are read into */
    struct number_range range;

    /* Store TEXT in VALUE. Returns NULL, or a reason that reads on from the text. */
    const char *(*take)(void *value, const char *text);
};

enum { COMMAND_OPTIONS_MAX = 32 };

struct command_line {
    const char *program;
    const char *usage; /* what -h prints above the options */
    const struct command_option *options;
    size_t option_count; /* at most COMMAND_OPTIONS_MAX */
};

/* Read the options of ARGV into the structure at INTO; optind is then the index of the first
 * operand. GIVEN, unless it is NULL, gets a bit for each option that was there, 1 << its index in
 * the table. Returns COMMAND_LINE_GO_ON, or the status to exit with: help, version or a message was
 * printed. */
enum { COMMAND_LINE_GO_ON = -1 };
int command_line_parse(const struct command_line *line, void *into, uint64_t *given, int argc,
                       char **argv);

#endif
