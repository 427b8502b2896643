/*
 * log_text: see log_text.h.
 */
#include "common/log_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void log_text_begin(struct log_text *text, size_t reserved)
{
    text->length = 0;
    text->limit = sizeof(text->bytes) - 1 - reserved;
}

void log_text_clean(struct log_text *text, size_t from)
{
    for (size_t i = from; i < text->length; i++) {
        unsigned char byte = (unsigned char)text->bytes[i];

        if (byte < ' ' || byte == 0x7f)
            text->bytes[i] = '?';
    }
}

void log_text_add(struct log_text *text, const char *bytes, size_t length)
{
    size_t from = text->length;

    if (length > text->limit - text->length)
        length = text->limit - text->length;
    memcpy(text->bytes + from, bytes, length);
    text->length += length;
    log_text_clean(text, from);
}

void log_text_print_list(struct log_text *text, const char *format, va_list arguments)
{
    size_t room = text->limit - text->length;
    /* Its zero byte takes the place of the newline at most. */
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

/* How many of the LENGTH BYTES, at least one, are the UTF-8 of one character that may stand in JSON
 * as it is: 0 where none is (RFC 3629; C1 controls are no better than C0). */
static size_t plain_character(const unsigned char *bytes, size_t length)
{
    static const uint32_t least[] = {0, 0x20, 0xa0, 0x800, 0x10000};
    uint32_t point = bytes[0];
    size_t size = point < 0x80 ? 1 : point < 0xc0 ? 0 : point < 0xe0 ? 2 : point < 0xf0 ? 3 : 4;

    if (size == 0 || size > length || point >= 0xf8)
        return 0;
    if (size > 1)
        point &= 0x7fU >> size;
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (bytes[i] & 0x3f);
    }
    if (point < least[size] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
        return 0;
    return point == '"' || point == '\\' || point == 0x7f ? 0 : size;
}

void log_text_escape(struct log_text *text, const char *bytes, size_t length)
{
    const unsigned char *next = (const unsigned char *)bytes, *end = next + length;
    char escape[sizeof("\\u00ff")];

    while (next < end) {
        size_t size = plain_character(next, (size_t)(end - next));
        const char *piece = (const char *)next;
        size_t piece_length = size;

        if (size == 0) {
            piece_length = (size_t)snprintf(escape, sizeof(escape), "\\u%04x", *next);
            piece = escape;
            size = 1;
        }
        if (piece_length > text->limit - text->length)
            return;
        memcpy(text->bytes + text->length, piece, piece_length);
        text->length += piece_length;
        next += size;
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
