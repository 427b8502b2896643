/*
 * log_text: compose one line of a log. What does not fit is cut, but never inside of a JSON escape;
 * a newline always fits.
 */
#ifndef PREFORKD_COMMON_LOG_TEXT_H
#define PREFORKD_COMMON_LOG_TEXT_H

#include <limits.h>
#include <stdarg.h>
#include <stddef.h>

enum { LOG_TIME_SIZE = sizeof("2026-01-31T12:00:00.123456Z") };
enum { LOG_LOCAL_TIME_SIZE = sizeof("Jan 31 12:00:00") };

struct log_text {
    size_t length;
    size_t limit; /* the most that length may be */
    char bytes[PIPE_BUF];
};

/* Make TEXT empty. Keep RESERVED bytes free at its end, besides the one for a newline. */
void log_text_begin(struct log_text *text, size_t reserved);

/* Append LENGTH BYTES, with control characters as `?`. */
void log_text_add(struct log_text *text, const char *bytes, size_t length);

/* Append LENGTH BYTES unchanged. */
void log_text_append(struct log_text *text, const char *bytes, size_t length);

/* Append formatted text unchanged. */
__attribute__((format(printf, 2, 3))) void log_text_print(struct log_text *text, const char *format,
                                                          ...);
__attribute__((format(printf, 2, 0))) void
log_text_print_list(struct log_text *text, const char *format, va_list arguments);

/* Append LENGTH BYTES as the inside of a JSON string: control characters, quotes, backslashes, and
 * bytes that are not UTF-8 as \u00XX. */
void log_text_escape(struct log_text *text, const char *bytes, size_t length);

/* Replace control characters with `?` from offset FROM on. */
void log_text_clean(struct log_text *text, size_t from);

/* Write the time of day, RFC 3339 in UTC; local time, as RFC 3164 has it. */
void log_time_print(char time[LOG_TIME_SIZE]);
void log_local_time_print(char time[LOG_LOCAL_TIME_SIZE]);

#endif
