/*
 * Unit tests of common/log_text: lines are composed, escaped and cut.
 */
#include "common/log_text.h"

#include "tests/unit/tap.h"

static const char *escaped(const char *bytes, size_t length)
{
    static struct log_text text;

    log_text_begin(&text, 0);
    log_text_escape(&text, bytes, length);
    text.bytes[text.length] = '\0';
    return text.bytes;
}

static void test_escapes(void)
{
    static const struct {
        const char *bytes, *escaped, *title;
    } cases[] = {
        {"plain ~", "plain ~", "ASCII is as it is"},
        {"a\"b\\c", "a\\u0022b\\u005cc", "quotes and backslashes"},
        {"\n\t\x01\x7f", "\\u000a\\u0009\\u0001\\u007f", "control characters"},
        {"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
         "UTF-8"},
        {"\xe9", "\\u00e9", "Latin 1"},
        {"\x80\xbf", "\\u0080\\u00bf", "a continuation alone"},
        {"\xc3", "\\u00c3", "a character that was cut"},
        {"\xe2\x82z", "\\u00e2\\u0082z", "one that ends too soon"},
        {"\xc0\xaf", "\\u00c0\\u00af", "an overlong one"},
        {"\xe0\x80\xaf", "\\u00e0\\u0080\\u00af", "another"},
        {"\xc2\x85", "\\u00c2\\u0085", "a C1 control"},
        {"\xed\xa0\x80", "\\u00ed\\u00a0\\u0080", "half of a surrogate pair"},
        {"\xf4\x90\x80\x80", "\\u00f4\\u0090\\u0080\\u0080", "beyond Unicode"},
        {"\xf8\xff", "\\u00f8\\u00ff", "what begins nothing"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        is_text(escaped(cases[i].bytes, strlen(cases[i].bytes)), cases[i].escaped, "%s",
                cases[i].title);
    is_text(escaped("a\0b", 3), "a\\u0000b", "a zero byte");
}

static void test_limit(void)
{
    static char many[2 * PIPE_BUF];
    struct log_text text;

    memset(many, 1, sizeof(many));
    log_text_begin(&text, 3);
    log_text_escape(&text, many, sizeof(many));
    is_number(text.length, (PIPE_BUF - 4) / 6 * 6, "escapes are whole where a line is cut");
    log_text_begin(&text, 0);
    log_text_add(&text, many, sizeof(many));
    is_number(text.length, PIPE_BUF - 1, "there is room for the newline");
    ok(memchr(text.bytes, 1, text.length) == NULL, "control characters are shown as ?");
    log_text_print(&text, "%d", 1);
    is_number(text.length, PIPE_BUF - 1, "a full line takes no more");
}

static void test_time(void)
{
    char time[LOG_TIME_SIZE];

    log_time_print(time);
    is_number(strlen(time), LOG_TIME_SIZE - 1, "a time has its length: %s", time);
    ok(time[10] == 'T' && time[19] == '.' && time[26] == 'Z', "and its form");
}

int main(void)
{
    test_escapes();
    test_limit();
    test_time();
    return tap_end();
}
