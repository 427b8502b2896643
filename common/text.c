/*
 * text: see text.h.
 */
#include "common/text.h"

#include <string.h>

bool text_equal(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool is_letter_or_digit(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

bool text_consists_of(const char *bytes, size_t length, const char *more)
{
    for (size_t i = 0; i < length; i++) {
        if (!is_letter_or_digit(bytes[i]) && (bytes[i] == '\0' || strchr(more, bytes[i]) == NULL))
            return false;
    }
    return length > 0;
}

void text_clean(char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text_is_control(bytes[i]))
            bytes[i] = '?';
    }
}

void text_copy_printable(const char *from, char *text, size_t size)
{
    size_t length = 0;

    if (from == NULL)
        from = "?";
    for (; from[length] != '\0' && length + 1 < size; length++)
        text[length] = from[length] >= ' ' && from[length] <= '~' ? from[length] : '?';
    text[length] = '\0';
}

void text_append(char *text, size_t size, const char *from)
{
    size_t length = strlen(text);

    for (; *from != '\0' && length + 1 < size; from++)
        text[length++] = *from;
    text[length] = '\0';
}

void text_append_number(char *text, size_t size, int64_t value)
{
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    char digits[24], *first = digits + sizeof(digits) - 1;

    *first = '\0';
    do
        *--first = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (value < 0)
        *--first = '-';
    text_append(text, size, first);
}

uint64_t text_hash(const void *bytes, size_t size)
{
    const unsigned char *each = bytes;
    uint64_t hash = 14695981039346656037U;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ each[i]) * 1099511628211U;
    return hash;
}
