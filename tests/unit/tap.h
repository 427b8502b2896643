/*
 * tap: what a unit test needs. ok(), is_number() and is_text() print a line of TAP each, titles as
 * in printf(3); main returns tap_end(), which prints the plan.
 */
#ifndef PREFORKD_TESTS_UNIT_TAP_H
#define PREFORKD_TESTS_UNIT_TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failures;

__attribute__((format(printf, 2, 3))) static inline bool tap_line(bool good, const char *title, ...)
{
    va_list arguments;

    if (tap_count == 0)
        setvbuf(stdout, NULL, _IOLBF, 0); /* what crashes later has said how far it got */
    printf("%s %d - ", good ? "ok" : "not ok", ++tap_count);
    va_start(arguments, title);
    vprintf(title, arguments);
    va_end(arguments);
    putchar('\n');
    tap_failures += !good;
    return good;
}

/* Print TEXT as comment lines under HEADING. */
static inline void tap_comment(const char *heading, const char *text)
{
    printf("#   %s", heading);
    for (; text != NULL && *text != '\0'; text++) {
        putchar(*text);
        if (*text == '\n' && text[1] != '\0')
            printf("#   ");
    }
    printf("%s\n", text == NULL ? "(NULL)" : "");
}

static inline bool tap_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

#define ok(condition, ...)                                                                         \
    (tap_line((condition), __VA_ARGS__) ||                                                         \
     (printf("#   %s:%d: %s\n", __FILE__, __LINE__, #condition), false))

/* What was got, what was expected, title. */
#define is_number(got, expected, ...)                                                              \
    (tap_line((int64_t)(got) == (int64_t)(expected), __VA_ARGS__) ||                               \
     (printf("#   %s:%d: got %" PRId64 ", expected %" PRId64 "\n", __FILE__, __LINE__,             \
             (int64_t)(got), (int64_t)(expected)),                                                 \
      false))

#define is_text(got, expected, ...)                                                                \
    (tap_line(tap_same(got, expected), __VA_ARGS__) ||                                             \
     (printf("#   %s:%d\n", __FILE__, __LINE__), tap_comment("got: ", got),                        \
      tap_comment("expected: ", expected), false))

static inline int tap_end(void)
{
    printf("1..%d\n", tap_count);
    return tap_failures == 0 ? 0 : 1;
}

#endif
