/*
 * json_writer: JSON to a stream. The writer puts the commas; calling code nests objects and arrays,
 * and closes what it opened. Errors stay with the stream: ferror(3) tells.
 */
#ifndef PREFORKD_COMMON_JSON_WRITER_H
#define PREFORKD_COMMON_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Begin with all but `out` zero. */
struct json_writer {
    FILE *out;
    bool needs_comma; /* the next value follows another one */
};

/* NAME is the name of a member of an object, or NULL for an element of an array and for the
 * outermost value. */
void json_begin_object(struct json_writer *json, const char *name);
void json_end_object(struct json_writer *json);
void json_begin_array(struct json_writer *json, const char *name);
void json_end_array(struct json_writer *json);

/* A VALUE of NULL is written as null. A byte that is not ASCII is escaped by itself, as \u00XX:
 * paths have no encoding. */
void json_add_string(struct json_writer *json, const char *name, const char *value);
void json_add_integer(struct json_writer *json, const char *name, int64_t value);
void json_add_unsigned(struct json_writer *json, const char *name, uint64_t value);
void json_add_boolean(struct json_writer *json, const char *name, bool value);
void json_add_null(struct json_writer *json, const char *name);

/* DECIMALS digits follow the point, or with JSON_SHORT only those that matter, of 15 digits. JSON
 * has no infinity: what is not finite is null. */
enum { JSON_SHORT = -1 };
void json_add_double(struct json_writer *json, const char *name, int decimals, double value);

/* Which characters may stand unescaped in a string. */
enum json_charset { JSON_ASCII, JSON_UTF8 };

/* For one escaped character, and a NUL. */
enum { JSON_PIECE_SIZE = sizeof("\\u00ff") };

/* Write the first of the LENGTH BYTES, at least one, to PIECE as it stands in a JSON string: one
 * character of CHARSET unchanged, otherwise one byte as \u00XX. Returns how many bytes that
 * were. */
size_t json_escape(const char *bytes, size_t length, enum json_charset charset,
                   char piece[JSON_PIECE_SIZE]);

#endif
