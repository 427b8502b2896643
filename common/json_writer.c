/*
 * json_writer: see json_writer.h.
 */
#include "common/json_writer.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Return the size of the UTF-8 character that BYTES, LENGTH of them, begin with; 0 if they begin
 * with none (RFC 3629), or with one that JSON or a terminal must not get unescaped: a quote, a
 * backslash, a control character, C1 included. */
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

size_t json_escape(const char *bytes, size_t length, enum json_charset charset,
                   char piece[JSON_PIECE_SIZE])
{
    const unsigned char *first = (const unsigned char *)bytes;
    size_t size = plain_character(first, charset == JSON_ASCII ? 1 : length);

    if (size == 0) {
        snprintf(piece, JSON_PIECE_SIZE, "\\u%04x", *first);
        return 1;
    }
    memcpy(piece, bytes, size);
    piece[size] = '\0';
    return size;
}

static void write_string(const char *text, FILE *out)
{
    char piece[JSON_PIECE_SIZE];

    fputc('"', out);
    for (size_t left = strlen(text), size; left > 0; text += size, left -= size) {
        size = json_escape(text, left, JSON_ASCII, piece);
        fputs(piece, out);
    }
    fputc('"', out);
}

/* Write what goes before a value: the comma behind the one before it, and NAME. */
static void begin_value(struct json_writer *json, const char *name)
{
    if (json->needs_comma)
        fputc(',', json->out);
    json->needs_comma = true;
    if (name == NULL)
        return;
    write_string(name, json->out);
    fputc(':', json->out);
}

static void begin_nested(struct json_writer *json, const char *name, char bracket)
{
    begin_value(json, name);
    fputc(bracket, json->out);
    json->needs_comma = false;
}

static void end_nested(struct json_writer *json, char bracket)
{
    fputc(bracket, json->out);
    json->needs_comma = true;
}

void json_begin_object(struct json_writer *json, const char *name)
{
    begin_nested(json, name, '{');
}

void json_end_object(struct json_writer *json)
{
    end_nested(json, '}');
}

void json_begin_array(struct json_writer *json, const char *name)
{
    begin_nested(json, name, '[');
}

void json_end_array(struct json_writer *json)
{
    end_nested(json, ']');
}

void json_add_string(struct json_writer *json, const char *name, const char *value)
{
    begin_value(json, name);
    if (value == NULL)
        fputs("null", json->out);
    else
        write_string(value, json->out);
}

void json_add_integer(struct json_writer *json, const char *name, int64_t value)
{
    begin_value(json, name);
    fprintf(json->out, "%" PRId64, value);
}

void json_add_unsigned(struct json_writer *json, const char *name, uint64_t value)
{
    begin_value(json, name);
    fprintf(json->out, "%" PRIu64, value);
}

void json_add_boolean(struct json_writer *json, const char *name, bool value)
{
    begin_value(json, name);
    fputs(value ? "true" : "false", json->out);
}

void json_add_null(struct json_writer *json, const char *name)
{
    begin_value(json, name);
    fputs("null", json->out);
}

void json_add_double(struct json_writer *json, const char *name, int decimals, double value)
{
    begin_value(json, name);
    if (!isfinite(value))
        fputs("null", json->out);
    else if (decimals == JSON_SHORT)
        fprintf(json->out, "%.15g", value);
    else
        fprintf(json->out, "%.*f", decimals, value);
}
