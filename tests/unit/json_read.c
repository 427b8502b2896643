/*
 * Unit tests of client/load/report/json_read: what is JSON and what is not, to the byte, and
 * numbers found by path.
 */
#include "client/load/report/json_read.h"

#include <stdlib.h>

#include "tests/unit/tap.h"

static void test_good(void)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "-12.5e+3",
        "1E9",
        "\"\"",
        "\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00fF\"",
        "\"\xc3\xa9\x7f\"",
        "true",
        "false",
        "null",
        "[]",
        "{}",
        " [ 1 , [ ] , { } ] ",
        "{\"a\":{\"b\":[1,2,{\"c\":null}]},\"\":0}\n",
        "[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]",
    };
    size_t offset;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        is_text(json_check(texts[i], &offset), NULL, "%s is JSON", texts[i]);
}

/* OFFSET is that of the first byte that is wrong. */
static void test_bad(void)
{
    static const struct {
        const char *text;
        size_t offset;
    } examples[] = {
        {"", 0},          {"   ", 3},        {"nul", 0},
        {"nulll", 4},     {"True", 0},       {"01", 1},
        {"-", 1},         {"+1", 0},         {".5", 0},
        {"1.", 2},        {"1.e5", 2},       {"1e", 2},
        {"1e+", 3},       {"0x10", 1},       {"NaN", 0},
        {"-Infinity", 1}, {"1 2", 2},        {"\"a", 2},
        {"\"a\nb\"", 2},  {"\"\\x\"", 2},    {"\"\\u12g4\"", 3},
        {"\"\\u123", 3},  {"\"\\", 2},       {"'a'", 0},
        {"[", 1},         {"[1", 2},         {"[1,", 3},
        {"[1,]", 3},      {"[,1]", 1},       {"[1 2]", 3},
        {"[1}", 2},       {"{", 1},          {"{\"a\"", 4},
        {"{\"a\":", 5},   {"{\"a\":1,}", 7}, {"{a:1}", 1},
        {"{1:1}", 1},     {"{\"a\" 1}", 5},  {"{\"a\":1]", 6},
        {"{}{}", 2},      {"[1]]", 3},       {"[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]", 16},
    };
    size_t offset;

    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        const char *reason = json_check(examples[i].text, &offset);

        ok(reason != NULL, "%s is not JSON", examples[i].text);
        is_number(offset, examples[i].offset, "%s: where", examples[i].text);
    }
}

static void test_depth(void)
{
    enum { DEEP = 1000000 };
    char *text = malloc(2 * DEEP + 1);
    size_t offset;

    memset(text, '[', DEEP);
    memset(text + DEEP, ']', DEEP);
    text[(size_t)2 * DEEP] = '\0';
    is_text(json_check(text, &offset), "it is nested too deep", "a million brackets are too deep");
    is_number(offset, JSON_DEPTH_MAX, "the first that is too deep");
    free(text);
}

static void test_find(void)
{
    static const char text[] =
        " { \"a\" : 1 , \"b\":{\"x\":[{\"c\":9}],\"c\" : -2.5e3 ,\"d\":null},"
        "\"s\":\"a,\\\"c\\\":7}\",\"a\":5,\"ab\":6,\"t\":true,\"e\":{}} ";
    static const struct {
        const char *path;
        enum json_found found;
        double value;
    } examples[] = {
        {"a", JSON_NUMBER, 1},     {"ab", JSON_NUMBER, 6},  {"b.c", JSON_NUMBER, -2500},
        {"b.d", JSON_NULL, 0},     {"b", JSON_OTHER, 0},    {"s", JSON_OTHER, 0},
        {"t", JSON_OTHER, 0},      {"b.x", JSON_OTHER, 0},  {"c", JSON_ABSENT, 0},
        {"b.x.c", JSON_ABSENT, 0}, {"a.a", JSON_ABSENT, 0}, {"e.a", JSON_ABSENT, 0},
        {"s.c", JSON_ABSENT, 0},   {"b.a", JSON_ABSENT, 0},
    };
    size_t offset;

    is_text(json_check(text, &offset), NULL, "the text to search is JSON");
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        double value = 0;

        is_number(json_find(text, examples[i].path, &value), examples[i].found, "%s is found",
                  examples[i].path);
        ok(value >= examples[i].value && value <= examples[i].value, "%s is %g, got %g",
           examples[i].path, examples[i].value, value);
    }
}

/* Replace each byte by every other one: the checker must stop within the text. */
static void test_damage(void)
{
    static const char text[] = "{\"a\":[1,{\"b\":\"x\\u00e9\\n\"},-0.5e-7,true,null],\"c\":{}}";
    char damaged[sizeof(text)];
    size_t offset, accepted = 0;
    bool within = true;

    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        for (int byte = 0; byte < 256; byte++) {
            memcpy(damaged, text, sizeof(text));
            damaged[i] = (char)byte;
            accepted += json_check(damaged, &offset) == NULL && byte == 0;
            within = within && offset <= strlen(damaged);
        }
    }
    ok(within, "an error is never behind the end");
    is_number(accepted, 0, "no beginning of an object is one");
}

int main(void)
{
    test_good();
    test_bad();
    test_depth();
    test_find();
    test_damage();
    return tap_end();
}
