/*
 * errors: all that is wrong in a configuration, with its places, collected to be reported at once
 * in the order of the text. Private to common/config.
 */
#ifndef PREFORKD_COMMON_CONFIG_ERRORS_H
#define PREFORKD_COMMON_CONFIG_ERRORS_H

#include <stddef.h>

struct config_place {
    const char *file; /* the file's name, or `-o` */
    int line, column; /* from 1; for `-o` the line is its number */
};

struct config_error {
    struct config_place place;
    size_t number; /* in the order in which they were found */
    char *message;
};

/* Beyond so many, errors are counted and not kept: a file of that kind is not a configuration. */
enum { CONFIG_ERRORS_MAX = 1000 };

struct config_errors {
    struct config_error *errors;
    size_t count; /* those that were not kept included */
};

/* Report that there is no memory, and exit with STATUS_SYSTEM. A master never reads a configuration
 * itself once it runs: a child does (server/master/config_reader.h). */
__attribute__((noreturn)) void config_no_memory(void);

/* Add an error at PLACE. */
__attribute__((format(printf, 3, 4))) void
config_refuse(struct config_errors *errors, struct config_place place, const char *format, ...);

/* Return all errors as text, a line each, to be freed. ERRORS is empty afterwards. */
char *config_errors_print(struct config_errors *errors);

#endif
