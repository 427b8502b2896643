/*
 * process_title: see process_title.h.
 */
#include "common/process_title.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"

/* What the kernel gave, and the copies: leak checkers find these here, whatever setenv(3) makes of
 * environ. */
static struct {
    char *begin, *end; /* the memory for a title; NULL: there is none */
    char *clear_end;   /* end of the arguments, or of the longest title so far behind it */
    char **argv, **environment;
} title;

/* Return a copy of STRINGS and of the array, in one piece of memory; NULL with errno. */
static char **copy_strings(char *const *strings)
{
    size_t count = 0, size = 0;
    char **copy, *to;

    for (; strings[count] != NULL; count++)
        size += strlen(strings[count]) + 1;
    copy = malloc((count + 1) * sizeof(*copy) + size);
    if (copy == NULL)
        return NULL;
    to = (char *)(copy + count + 1);
    for (size_t i = 0; i < count; i++) {
        copy[i] = to;
        to = stpcpy(to, strings[i]) + 1;
    }
    copy[count] = NULL;
    return copy;
}

/* Return the end of those of STRINGS that lie one behind the other from BEGIN on, as the kernel
 * lays them. */
static char *end_of(char *const *strings, char *begin)
{
    char *end = begin;

    for (; *strings == end && *strings != NULL; strings++)
        end += strlen(end) + 1;
    return end;
}

char **process_title_init(char **argv)
{
    char **arguments = copy_strings(argv), **environment = copy_strings(environ);

    if (arguments == NULL || environment == NULL) {
        free(arguments);
        free(environment);
        return NULL;
    }
    title.begin = argv[0];
    title.clear_end = end_of(argv, argv[0]);
    title.end = end_of(environ, title.clear_end);
    title.argv = arguments;
    title.environment = environ = environment;
    return arguments;
}

/* The title has LENGTH bytes, cut to the memory that there is: clear what was behind it. The kernel
 * shows all of the arguments' memory, and beyond it up to the next zero byte where its last byte is
 * none. A title overwrites no more of the environment than it needs: /proc/PID/environ shows the
 * rest. */
static void end_title(size_t length)
{
    size_t size = (size_t)(title.end - title.begin);
    size_t used = length < size ? length + 1 : size;

    if (title.begin + used < title.clear_end)
        memset(title.begin + used, '\0', (size_t)(title.clear_end - title.begin) - used);
    else
        title.clear_end = title.begin + used;
}

void process_title_set(const char *format, ...)
{
    size_t size = (size_t)(title.end - title.begin);
    va_list arguments;
    int length;

    if (size == 0)
        return;
    va_start(arguments, format);
    length = vsnprintf(title.begin, size, format, arguments);
    va_end(arguments);
    if (length >= 0)
        end_title((size_t)length);
}

void process_title_copy(const char *text)
{
    size_t size = (size_t)(title.end - title.begin);

    if (size == 0)
        return;
    title.begin[0] = '\0';
    text_append(title.begin, size, text);
    end_title(strlen(title.begin));
}
