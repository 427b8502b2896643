/*
 * Unit tests of common/text: what of a string that a peer chose reaches a line of output.
 */
#include "common/text.h"

#include "tests/unit/tap.h"

static void test_clean(void)
{
    char text[] = "a\nb\t\x1f \x7f\xc3\xa9\0c";

    text_clean(text, 4);
    is_text(text, "a?b?\x1f \x7f\xc3\xa9", "as many bytes as are asked for");
    text_clean(text, sizeof(text) - 1);
    is_text(text, "a?b?? ?\xc3\xa9?c", "control characters are shown as ?, a zero byte too");
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

int main(void)
{
    test_clean();
    test_copy_printable();
    return tap_end();
}
