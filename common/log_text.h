/*
 * log_text: one line of a log while it is put together. What does not fit is cut, and never in the
 * middle of a JSON escape; the newline always fits.
 */
#ifndef PREFORKD_COMMON_LOG_TEXT_H
#define PREFORKD_COMMON_LOG_TEXT_H

#include <limits.h>
#include <stdarg.h>
#include <stddef.h>

enum { LOG_TIME_SIZE = sizeof("2026-01-31T12:00:00.123456Z") };

struct log_text {
    size_t length;
    size_t limit; /* of the length, below the size of bytes */
    char bytes[PIPE_BUF];
};

/* Make TEXT empty. RESERVED bytes at its end, beside the newline's, are kept free. */
void log_text_begin(struct log_text *text, size_t reserved);

/* Add LENGTH BYTES with control characters shown as `?`. */
void log_text_add(struct log_text *text, const char *bytes, size_t length);

/* The same from a format, as it is. */
__attribute__((format(printf, 2, 3))) void log_text_print(struct log_text *text, const char *format,
                                                          ...);
__attribute__((format(printf, 2, 0))) void
log_text_print_list(struct log_text *text, const char *format, va_list arguments);

/* Add LENGTH BYTES as the inside of a JSON string: control characters, quotes, backslashes, and
 * bytes that are not UTF-8 as \u00XX. */
void log_text_escape(struct log_text *text, const char *bytes, size_t length);

/* Show what was added since FROM with control characters as `?`. */
void log_text_clean(struct log_text *text, size_t from);

/* The time of day, RFC 3339 in UTC. */
void log_time_print(char time[LOG_TIME_SIZE]);

#endif
