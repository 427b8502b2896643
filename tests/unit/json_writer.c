/*
 * Unit tests of common/json_writer: commas and nesting, numbers, and what is escaped.
 */
#include "common/json_writer.h"

#include <float.h>
#include <stdlib.h>

#include "tests/unit/tap.h"

static struct json_writer json;
static char *written;
static size_t written_size;

static void begin(void)
{
    json = (struct json_writer){.out = open_memstream(&written, &written_size)};
    if (json.out == NULL)
        abort();
}

/* Check what was written since begin(). */
static void expect(const char *expected, const char *title)
{
    fclose(json.out);
    is_text(written, expected, "%s", title);
    free(written);
}

static void test_nesting(void)
{
    begin();
    json_begin_object(&json, NULL);
    json_end_object(&json);
    expect("{}", "an empty object");
    begin();
    json_begin_object(&json, NULL);
    json_begin_array(&json, "empty");
    json_end_array(&json);
    json_begin_array(&json, "full");
    json_add_integer(&json, NULL, 1);
    json_begin_array(&json, NULL);
    json_add_integer(&json, NULL, 2);
    json_add_integer(&json, NULL, 3);
    json_end_array(&json);
    json_begin_object(&json, NULL);
    json_add_integer(&json, "four", 4);
    json_add_integer(&json, "five", 5);
    json_end_object(&json);
    json_end_array(&json);
    json_begin_object(&json, "object");
    json_end_object(&json);
    json_add_null(&json, "last");
    json_end_object(&json);
    expect("{\"empty\":[],\"full\":[1,[2,3],{\"four\":4,\"five\":5}],\"object\":{},\"last\":null}",
           "each value but the first is behind a comma");
}

static void test_values(void)
{
    begin();
    json_begin_array(&json, NULL);
    json_add_integer(&json, NULL, INT64_MIN);
    json_add_unsigned(&json, NULL, UINT64_MAX);
    json_add_boolean(&json, NULL, true);
    json_add_boolean(&json, NULL, false);
    json_add_string(&json, NULL, NULL);
    json_add_string(&json, NULL, "");
    json_end_array(&json);
    expect("[-9223372036854775808,18446744073709551615,true,false,null,\"\"]",
           "values of each kind");
    begin();
    json_begin_array(&json, NULL);
    json_add_double(&json, NULL, 1, 12.25);
    json_add_double(&json, NULL, 0, 12.25);
    json_add_double(&json, NULL, JSON_SHORT, 0.1);
    json_add_double(&json, NULL, JSON_SHORT, 1e300);
    json_add_double(&json, NULL, 1, DBL_MAX * 2);
    json_add_double(&json, NULL, JSON_SHORT, DBL_MAX * 2 * 0);
    json_end_array(&json);
    expect("[12.2,12,0.1,1e+300,null,null]", "fractions, and what is no number");
}

static void test_strings(void)
{
    begin();
    json_begin_object(&json, NULL);
    json_add_string(&json, "a \"pool\"\n", "\x01\x1f ~\x7f\\/");
    json_add_string(&json, "path", "\xc3\xa9\xff");
    json_end_object(&json);
    expect("{\"a \\u0022pool\\u0022\\u000a\":\"\\u0001\\u001f ~\\u007f\\u005c/\","
           "\"path\":\"\\u00c3\\u00a9\\u00ff\"}",
           "names and strings are escaped to ASCII, byte by byte");
}

static void test_escape(void)
{
    char piece[JSON_PIECE_SIZE];

    is_number(json_escape("\xc3\xa9x", 3, JSON_UTF8, piece), 2, "UTF-8 is taken as a character");
    is_text(piece, "\xc3\xa9", "unchanged");
    is_number(json_escape("\xc3\xa9x", 3, JSON_ASCII, piece), 1, "for ASCII, as bytes");
    is_text(piece, "\\u00c3", "escaped");
    is_number(json_escape("\xc3\xa9x", 1, JSON_UTF8, piece), 1, "nothing behind the end is read");
    is_text(piece, "\\u00c3", "what is cut is escaped");
    is_number(json_escape("\xf0\x9f\x98\x80", 4, JSON_UTF8, piece), 4, "four bytes");
    is_text(piece, "\xf0\x9f\x98\x80", "fit");
    is_number(json_escape("\0x", 2, JSON_ASCII, piece), 1, "a zero byte");
    is_text(piece, "\\u0000", "is escaped");
}

int main(void)
{
    test_nesting();
    test_values();
    test_strings();
    test_escape();
    return tap_end();
}
