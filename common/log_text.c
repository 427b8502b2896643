/*
 * log_text: see log_text.h.
 */
#include "common/log_text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/json_writer.h"
#include "common/text.h"

void log_text_begin(struct log_text *text, size_t reserved)
{
    text->length = 0;
    text->limit = sizeof(text->bytes) - 1 - reserved;
}

void log_text_clean(struct log_text *text, size_t from)
{
    text_clean(text->bytes + from, text->length - from);
}

void log_text_append(struct log_text *text, const char *bytes, size_t length)
{
    if (length > text->limit - text->length)
        length = text->limit - text->length;
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
}

void log_text_add(struct log_text *text, const char *bytes, size_t length)
{
    size_t from = text->length;

    log_text_append(text, bytes, length);
    log_text_clean(text, from);
}

void log_text_print_list(struct log_text *text, const char *format, va_list arguments)
{
    size_t room = text->limit - text->length;
    /* Its NUL takes the byte for the newline at most. */
    int printed = vsnprintf(text->bytes + text->length, room + 1, format, arguments);

    if (printed > 0)
        text->length += (size_t)printed < room ? (size_t)printed : room;
}

void log_text_print(struct log_text *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    log_text_print_list(text, format, arguments);
    va_end(arguments);
}

void log_text_escape(struct log_text *text, const char *bytes, size_t length)
{
    char piece[JSON_PIECE_SIZE];

    for (size_t at = 0; at < length;) {
        size_t piece_length;

        at += json_escape(bytes + at, length - at, JSON_UTF8, piece);
        piece_length = strlen(piece);
        if (piece_length > text->limit - text->length)
            return;
        memcpy(text->bytes + text->length, piece, piece_length);
        text->length += piece_length;
    }
}

void log_time_print(char time[LOG_TIME_SIZE])
{
    struct timespec now;
    struct tm utc;
    size_t length;

    clock_gettime(CLOCK_REALTIME, &now); /* only printed, never compared */
    gmtime_r(&now.tv_sec, &utc);
    length = strftime(time, LOG_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(time + length, LOG_TIME_SIZE - length, ".%06uZ",
             (unsigned int)(now.tv_nsec / 1000) % 1000000U);
}

void log_local_time_print(char time[LOG_LOCAL_TIME_SIZE])
{
    struct timespec now;
    struct tm local;

    clock_gettime(CLOCK_REALTIME, &now);
    if (localtime_r(&now.tv_sec, &local) == NULL ||
        strftime(time, LOG_LOCAL_TIME_SIZE, "%b %e %H:%M:%S", &local) == 0)
        strcpy(time, "Jan  1 00:00:00");
}
