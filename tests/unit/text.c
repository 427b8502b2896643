/*
 * Unit tests of common/text: what of a string that a peer chose reaches a line of output, and
 * strings made piece by piece.
 */
#include "common/text.h"

#include <stdint.h>

#include "tests/unit/tap.h"

static void test_clean(void)
{
    char text[] = "a\nb\t\x1f \x7f\xc3\xa9\0c";

    text_clean(text, 4);
    is_text(text, "a?b?\x1f \x7f\xc3\xa9", "as many bytes as are asked for");
    text_clean(text, sizeof(text) - 1);
    is_text(text, "a?b?? ?\xc3\xa9?c", "control characters are shown as ?, a zero byte too");
}

static void test_consists_of(void)
{
    ok(text_consists_of("aZ09", 4, "") && text_consists_of("a-.b!", 4, ".-"),
       "of letters and more");
    ok(!text_consists_of("a-b", 3, "") && !text_consists_of("\xe4", 1, "-"), "not of other bytes");
    ok(!text_consists_of("a\0b", 3, "-") && !text_consists_of("", 0, "-"), "nor of 0, or of none");
}

static void test_copy_printable(void)
{
    char text[8] = "unused", same[] = "\033[2J";

    text_copy_printable("\xc3\xa9\x7f\x1f ~", text, sizeof(text));
    is_text(text, "???? ~", "each byte that is not printable ASCII is one ?");
    text_copy_printable("0123456789", text, sizeof(text));
    is_text(text, "0123456", "no more than fits");
    text_copy_printable("0123456789", text, 1);
    is_text(text, "", "nothing fits");
    text_copy_printable(NULL, text, sizeof(text));
    is_text(text, "?", "what is unknown");
    text_copy_printable(same, same, sizeof(same));
    is_text(same, "?[2J", "in place");
}

static void test_append(void)
{
    static const struct {
        int64_t value;
        const char *digits;
    } examples[] = {{0, "0"},
                    {7, "7"},
                    {-1000, "-1000"},
                    {INT64_MAX, "9223372036854775807"},
                    {INT64_MIN, "-9223372036854775808"}};
    char text[24] = "";

    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        text[0] = '\0';
        text_append_number(text, sizeof(text), examples[i].value);
        is_text(text, examples[i].digits, "the digits of a number");
    }
    text[0] = '\0';
    text_append(text, 9, "worker ");
    text_append_number(text, 9, 42);
    is_text(text, "worker 4", "no more than fits");
    text_append(text, 9, "more");
    is_text(text, "worker 4", "nothing fits");
}

int main(void)
{
    test_clean();
    test_consists_of();
    test_copy_printable();
    test_append();
    return tap_end();
}
