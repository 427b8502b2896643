/*
 * number: text to range-checked integers, durations and sizes, and back.
 *
 * Each parser takes the whole text, without blanks or trailing characters. It returns NULL; or a
 * reason that continues a sentence ("'12x' is not a whole number"), and stores nothing.
 */
#ifndef PREFORKD_COMMON_NUMBER_H
#define PREFORKD_COMMON_NUMBER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The value of `none` and `unlimited`, for durations and for counts. */
#define NUMBER_UNLIMITED INT64_MAX

enum { NUMBER_TEXT_SIZE = 32 }; /* of any formatted number, with its NUL */

/* Parse a decimal integer in MIN..MAX, with a minus sign where MIN is negative. */
const char *number_parse_integer(const char *text, int64_t min, int64_t max, int64_t *value);

/* From min to max, both included. */
struct number_range {
    int64_t min, max;
};

/* Parse a decimal integer in MIN..MAX, or two as `LOW..HIGH`, where LOW may also be 0. */
const char *number_parse_range(const char *text, int64_t min, int64_t max,
                               struct number_range *value);

/* Parse an octal file mode, 0 to 0777. */
const char *number_parse_mode(const char *text, int64_t *value);

/* Parse a duration in MIN_NS..MAX_NS: digits with ms, s, m, h or d; digits alone are seconds. */
const char *number_parse_duration(const char *text, int64_t min_ns, int64_t max_ns,
                                  int64_t *value_ns);

/* Parse a number of bytes in MIN..MAX: digits alone, or with k, m or g (powers of 1024). */
const char *number_parse_size(const char *text, int64_t min, int64_t max, int64_t *value);

/* Write VALUE to TEXT as number_parse_size() reads it back: in the largest unit that is exact. */
void number_format_size(int64_t value, char text[NUMBER_TEXT_SIZE]);

/* Write VALUE_NS to TEXT as number_parse_duration() reads it back: in the largest unit that is
 * exact, down to the millisecond. */
void number_format_duration(int64_t value_ns, char text[NUMBER_TEXT_SIZE]);

/* Return MOST less up to a tenth of it, by the time NOW_NS and the process PID: what several
 * processes have begun together is not due together. NUMBER_UNLIMITED stays. */
int64_t number_vary(int64_t most, int64_t now_ns, pid_t pid);

#endif
