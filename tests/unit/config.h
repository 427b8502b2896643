/*
 * config: helpers of the unit tests of common/config. Each test writes `t.conf` into the program's
 * own directory, so that messages begin with that name.
 */
#ifndef PREFORKD_TESTS_UNIT_CONFIG_H
#define PREFORKD_TESTS_UNIT_CONFIG_H

#include "common/config/config.h"

#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/tap.h"

#define UNIX "mode = unix\npath = /s\n"
#define INET "mode = inet\nport = 1\n"

static const char *const services[] = {"increment", "echo", "program", NULL};

static inline void write_file(const char *text, size_t size)
{
    FILE *file = fopen("t.conf", "w");

    if (file == NULL || fwrite(text, 1, size, file) != size || fclose(file) != 0) {
        perror("t.conf");
        exit(1);
    }
}

/* Load t.conf with OVERRIDES, ended by NULL. Returns NULL with *ERRORS on failure. */
static inline struct config *load(const char *const *overrides, char **errors)
{
    struct config_source source = {.file = "t.conf", .services = services, .overrides = overrides};

    while (overrides != NULL && overrides[source.override_count] != NULL)
        source.override_count++;
    *errors = NULL;
    return config_load(&source, errors);
}

/* Check that the errors of TEXT, which has SIZE bytes, are ERRORS; "": there are none. */
static inline void expect_bytes(const char *title, const char *text, size_t size,
                                const char *expected)
{
    struct config *config;
    char *errors;

    write_file(text, size);
    config = load(NULL, &errors);
    is_text(errors == NULL ? "" : errors, expected, "%s", title);
    config_free(config);
    free(errors);
}

static inline void expect(const char *title, const char *text, const char *expected)
{
    expect_bytes(title, text, strlen(text), expected);
}

/* Check that LINE, `KEY = VALUE`, is refused with MESSAGE at its value. */
static inline void expect_refusal(const char *line, const char *message)
{
    int column = (int)(strstr(line, "= ") + 2 - line) + 1;
    char text[256], expected[256];

    snprintf(text, sizeof(text), UNIX "%s # why\n", line);
    snprintf(expected, sizeof(expected), "t.conf:3:%d: %s\n", column, message);
    expect(line, text, expected);
}

#define OVERRIDES(...) ((const char *const[]){__VA_ARGS__, NULL})

static inline void enter_directory(char *template)
{
    if (mkdtemp(template) == NULL || chdir(template) < 0) {
        perror(template);
        exit(1);
    }
}

static inline int leave_directory(const char *directory)
{
    unlink("t.conf");
    rmdir(directory);
    return tap_end();
}

#endif
