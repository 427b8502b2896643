/*
 * command_line: see command_line.h.
 */
#include "client/shared/command_line.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client/shared/program.h"
#include "common/log.h"
#include "common/number.h"
#include "common/status.h"

enum {
    HELP_COLUMN = 24,
    LONG_KEY = 256, /* what getopt_long returns for the first long option: above any letter */
};

static const struct option common_options[] = {
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},
};

enum { COMMON_OPTIONS = sizeof(common_options) / sizeof(common_options[0]) };

static bool is_letter(const struct command_option *option)
{
    return option->name[1] == '\0';
}

static const char *dashes(const struct command_option *option)
{
    return is_letter(option) ? "-" : "--";
}

static void print_option(const char *text, const char *help)
{
    printf("  %-*s%s\n", HELP_COLUMN - 2, text, help);
}

static int print_help(const struct command_line *line)
{
    fputs(line->usage, stdout);
    for (size_t i = 0; i < line->option_count; i++) {
        const struct command_option *option = &line->options[i];
        char text[HELP_COLUMN];

        snprintf(text, sizeof(text), "%s%s%s%s", dashes(option), option->name,
                 option->argument != NULL ? " " : "",
                 option->argument != NULL ? option->argument : "");
        print_option(text, option->help);
    }
    print_option("-V, --version", "print the version");
    print_option("-h, --help", "print this");
    return program_end(STATUS_OK);
}

static int print_version(const struct command_line *line)
{
    printf("%s %s\n", line->program, VERSION);
    return program_end(STATUS_OK);
}

/* Return NULL, or why TEXT is no value of OPTION. */
static const char *set(const struct command_option *option, void *into, const char *text)
{
    void *value = (char *)into + option->offset;

    switch (option->kind) {
    case OPTION_FLAG:
        *(bool *)value = true;
        return NULL;
    case OPTION_TEXT:
        *(const char **)value = text;
        return NULL;
    case OPTION_INTEGER:
        return number_parse_integer(text, option->range.min, option->range.max, value);
    case OPTION_SIZE:
        return number_parse_size(text, option->range.min, option->range.max, value);
    case OPTION_DURATION:
        return number_parse_duration(text, option->range.min, option->range.max, value);
    default:
        return option->take(value, text);
    }
}

static void format_limit(const struct command_option *option, int64_t limit,
                         char text[NUMBER_TEXT_SIZE])
{
    if (option->kind == OPTION_DURATION)
        number_format_duration(limit, text);
    else
        snprintf(text, NUMBER_TEXT_SIZE, "%" PRId64, limit);
}

static void refuse_value(const struct command_option *option, const char *text, const char *reason)
{
    char min[NUMBER_TEXT_SIZE], max[NUMBER_TEXT_SIZE];

    format_limit(option, option->range.min, min);
    format_limit(option, option->range.max, max);
    if (option->kind == OPTION_OTHER)
        warnx("%s%s '%s' %s", dashes(option), option->name, text, reason);
    else
        warnx("%s%s '%s' %s (%s to %s)", dashes(option), option->name, text, reason, min, max);
}

/* The option that getopt_long returned as KEY, or NULL. */
static const struct command_option *find(const struct command_line *line, int key)
{
    if (key >= LONG_KEY)
        return &line->options[key - LONG_KEY];
    for (size_t i = 0; i < line->option_count; i++) {
        if (is_letter(&line->options[i]) && line->options[i].name[0] == key)
            return &line->options[i];
    }
    return NULL;
}

/* Act on what getopt_long returned as KEY. Returns COMMAND_LINE_GO_ON, or the exit status. */
static int take(const struct command_line *line, void *into, uint64_t *given, int key)
{
    const struct command_option *option = find(line, key);
    const char *reason;

    if (key == 'V')
        return print_version(line);
    if (key == 'h')
        return print_help(line);
    if (option == NULL)
        return program_refuse_usage(line->program); /* getopt_long has said why */
    reason = set(option, into, optarg);
    if (reason != NULL) {
        refuse_value(option, optarg, reason);
        return program_refuse_usage(line->program);
    }
    if (given != NULL)
        *given |= UINT64_C(1) << (option - line->options);
    return COMMAND_LINE_GO_ON;
}

/* Write the table as getopt_long wants it: LETTERS for -c, NAMES for --timeout. */
static void list_options(const struct command_line *line, char *letters, struct option *names)
{
    for (size_t i = 0; i < line->option_count; i++) {
        const struct command_option *option = &line->options[i];
        bool has_argument = option->kind != OPTION_FLAG;

        if (is_letter(option)) {
            *letters++ = option->name[0];
            if (has_argument)
                *letters++ = ':';
        } else {
            *names++ = (struct option){.name = option->name,
                                       .has_arg = has_argument ? required_argument : no_argument,
                                       .val = LONG_KEY + (int)i};
        }
    }
    memcpy(letters, "Vh", sizeof("Vh"));
    memcpy(names, common_options, sizeof(common_options));
}

int command_line_parse(const struct command_line *line, void *into, uint64_t *given, int argc,
                       char **argv)
{
    struct option names[COMMAND_OPTIONS_MAX + COMMON_OPTIONS + 1] = {0};
    char letters[2 * COMMAND_OPTIONS_MAX + sizeof("Vh")];
    int key, status = COMMAND_LINE_GO_ON;

    list_options(line, letters, names);
    while (status == COMMAND_LINE_GO_ON &&
           (key = getopt_long(argc, argv, letters, names, NULL)) != -1)
        status = take(line, into, given, key);
    return status;
}
