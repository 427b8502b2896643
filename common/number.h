/*
 * number: text to range-checked integers, durations and sizes, and back.
 *
 * Every parser takes the whole text (no blanks, no trailing characters), stores nothing on failure
 * and returns NULL, or a reason that reads on from the text: "'12x' is not a whole number".
 */
#ifndef PREFORKD_COMMON_NUMBER_H
#define PREFORKD_COMMON_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* What `none` and `unlimited` stand for, in durations and in counts alike. */
#define NUMBER_UNLIMITED INT64_MAX

enum { NUMBER_TEXT_SIZE = 32 }; /* room for any formatted number, with its end */

/* A decimal integer in MIN..MAX. */
const char *number_parse_integer(const char *text, int64_t min, int64_t max, int64_t *value);

/* From min to max, both included. */
struct number_range {
    int64_t min, max;
};

/* A decimal integer in MIN..MAX, or two such as `LOW..HIGH`. */
const char *number_parse_range(const char *text, int64_t min, int64_t max,
                               struct number_range *value);

/* An octal file mode, 0 to 0777. */
const char *number_parse_mode(const char *text, int64_t *value);

/* A duration in MIN_NS..MAX_NS: digits with ms, s, m, h or d; digits alone are seconds. */
const char *number_parse_duration(const char *text, int64_t min_ns, int64_t max_ns,
                                  int64_t *value_ns);

/* A number of bytes in MIN..MAX: digits alone, or with k, m or g (powers of 1024). */
const char *number_parse_size(const char *text, int64_t min, int64_t max, int64_t *value);

/* Write VALUE_NS so that number_parse_duration reads it back: in the largest unit that is exact,
 * down to the millisecond. */
void number_format_duration(int64_t value_ns, char text[NUMBER_TEXT_SIZE]);

#endif
