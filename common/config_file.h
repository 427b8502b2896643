/*
 * config_file: the text of a configuration -> what it sets, and where. Private to config.c.
 *
 * Scope 0 holds what comes before the first section; each `[pool NAME]` opens another. Nothing
 * here knows what a value means.
 */
#ifndef PREFORKD_COMMON_CONFIG_FILE_H
#define PREFORKD_COMMON_CONFIG_FILE_H

#include <stdbool.h>
#include <stddef.h>

enum { CONFIG_NAME_SIZE = 32 };

struct config_place {
    const char *file; /* the file's name, or `-o` */
    int line, column; /* from 1; of `-o` the line is which of them */
};

struct config_setting {
    char *text; /* NULL: not set here */
    struct config_place place;
    bool refused; /* an error was reported for it already */
};

struct config_scope {
    char name[CONFIG_NAME_SIZE];
    struct config_place place;
    bool refused;                    /* its header was: nothing more is said about it as a whole */
    struct config_setting *settings; /* one for each key of the table */
};

struct config_scopes {
    struct config_scope *scopes;
    size_t count;
};

struct config_error {
    struct config_place place;
    size_t number; /* in the order of discovery */
    char *message;
};

struct config_errors {
    struct config_error *errors;
    size_t count;
};

__attribute__((format(printf, 3, 4))) void
config_refuse(struct config_errors *errors, struct config_place place, const char *format, ...);

/* Append an empty scope; the name is cut to fit, for the caller checked it. */
struct config_scope *config_scopes_add(struct config_scopes *scopes, const char *name,
                                       struct config_place place);

void config_scopes_free(struct config_scopes *scopes);

/* Read TEXT of SIZE bytes, known as FILE, into SCOPES. */
void config_file_parse(const char *file, const char *text, size_t size,
                       struct config_scopes *scopes, struct config_errors *errors);

/* Read the one override TEXT, the NUMBER-th of its kind, over what SCOPES hold. */
void config_override_parse(const char *text, int number, struct config_scopes *scopes,
                           struct config_errors *errors);

#endif
