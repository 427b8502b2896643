/*
 * errors: see errors.h.
 */
#include "common/config/errors.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/config/config.h"
#include "common/log.h"
#include "common/status.h"

void config_no_memory(void)
{
    warnx("no memory for the configuration");
    _exit(STATUS_SYSTEM); /* nothing else can be relied on */
}

void config_refuse(struct config_errors *errors, struct config_place place, const char *format, ...)
{
    struct config_error error = {.place = place, .number = errors->count};
    va_list arguments;

    if (errors->count++ >= CONFIG_ERRORS_MAX)
        return;
    errors->errors = reallocarray(errors->errors, errors->count, sizeof(error));
    va_start(arguments, format);
    if (errors->errors == NULL || vasprintf(&error.message, format, arguments) < 0)
        config_no_memory();
    va_end(arguments);
    errors->errors[errors->count - 1] = error;
}

/* Order errors as in the text; those of `-o` come behind those of the file. */
static int compare_errors(const void *a, const void *b)
{
    const struct config_error *first = a, *second = b;
    const struct config_place *left = &first->place, *right = &second->place;
    int by_file = strcmp(right->file, "-o") == 0 ? -1 : 1;

    if (strcmp(left->file, right->file) != 0)
        return by_file;
    if (left->line != right->line)
        return left->line - right->line;
    if (left->column != right->column)
        return left->column - right->column;
    return first->number < second->number ? -1 : 1;
}

bool config_has_errors(const struct config_errors *errors)
{
    return errors->count > 0;
}

char *config_errors_print(struct config_errors *errors)
{
    size_t kept = errors->count < CONFIG_ERRORS_MAX ? errors->count : CONFIG_ERRORS_MAX, size;
    char *text = NULL;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        config_no_memory();
    qsort(errors->errors, kept, sizeof(*errors->errors), compare_errors);
    for (size_t i = 0; i < kept; i++) {
        const struct config_error *error = &errors->errors[i];

        fprintf(out, "%s:%d:%d: %s\n", error->place.file, error->place.line, error->place.column,
                error->message);
        free(error->message);
    }
    if (errors->count > kept)
        fprintf(out, "and %zu more errors\n", errors->count - kept);
    free(errors->errors);
    *errors = (struct config_errors){0};
    fclose(out);
    return text;
}
