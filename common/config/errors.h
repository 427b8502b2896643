/*
 * errors: what is wrong in a configuration, and where; all of it at once, in the order of the
 * text. Private to config.c and what it is made of.
 */
#ifndef PREFORKD_COMMON_CONFIG_ERRORS_H
#define PREFORKD_COMMON_CONFIG_ERRORS_H

#include <stddef.h>

struct config_place {
    const char *file; /* the file's name, or `-o` */
    int line, column; /* from 1; of `-o` the line is which of them */
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

/* All errors as text, a line each, to be freed; ERRORS is empty then. */
char *config_errors_print(struct config_errors *errors);

#endif
