/*
 * value: see value.h.
 */
#include "common/config/value.h"

#include <stddef.h>
#include <string.h>

/* Characters that an editor or a web page puts in place of a blank or a quote. */
static const struct {
    const char *bytes, *message;
} lookalikes[] = {
    {"\xc2\xa0", "a no-break space (U+00A0), which is no blank here: type a space"},
    {"\xe2\x80\xaf", "a narrow no-break space (U+202F), which is no blank here: type a space"},
    {"\xe3\x80\x80", "an ideographic space (U+3000), which is no blank here: type a space"},
    {"\xe2\x80\x8b", "a zero-width space (U+200B), which cannot be seen: remove it"},
    {"\xef\xbb\xbf", "a byte order mark (U+FEFF), which cannot be seen: remove it"},
    {"\xe2\x80\x98", "a curly quote (U+2018), which is no quote here: type '"},
    {"\xe2\x80\x99", "a curly quote (U+2019), which is no quote here: type '"},
    {"\xe2\x80\x9c", "a curly quote (U+201C), which is no quote here: type \""},
    {"\xe2\x80\x9d", "a curly quote (U+201D), which is no quote here: type \""},
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* Return the end of the quote that begins at OPEN; NULL if it never ends. */
static char *quote_end(char *open)
{
    for (char *at = open + 1; *at != '\0'; at++) {
        if (*at == *open)
            return at;
        if (*at == '\\' && *open == '"' && at[1] != '\0')
            at++;
    }
    return NULL;
}

static const char *lookalike_message(const char *text)
{
    for (size_t i = 0; i < sizeof(lookalikes) / sizeof(*lookalikes); i++) {
        if (strncmp(text, lookalikes[i].bytes, strlen(lookalikes[i].bytes)) == 0)
            return lookalikes[i].message;
    }
    return NULL;
}

struct config_flaw config_line_check(const char *line)
{
    char quote = '\0';

    for (const char *at = line; *at != '\0'; at++) {
        const char *message = (unsigned char)*at < 0x80 ? NULL : lookalike_message(at);

        if (quote != '\0') {
            if (*at == '\\' && quote == '"' && at[1] != '\0')
                at++;
            else if (*at == quote)
                quote = '\0';
        } else if (*at == '"' || *at == '\'') {
            quote = *at;
        } else if (*at == '#' && (at == line || is_blank(at[-1]))) {
            break;
        } else if (message != NULL) {
            return (struct config_flaw){at, message};
        }
    }
    return (struct config_flaw){0};
}

bool config_looks_like_comment(const char *text)
{
    return text[0] == ';' || strncmp(text, "//", 2) == 0 || strncmp(text, "/*", 2) == 0 ||
           strncmp(text, "--", 2) == 0;
}

char *config_comment_cut(char *text)
{
    char *end = text;

    for (char *at = text; *at != '\0'; at++) {
        if (*at == '#' && is_blank(at[-1]))
            break;
        if (*at == '"' || *at == '\'') {
            char *close = quote_end(at);

            if (close == NULL)
                return at;
            at = close;
        }
        if (!is_blank(*at))
            end = at + 1;
    }
    *end = '\0';
    return NULL;
}

/* Return what ends TEXT in other languages and would be a part of the value here: a `;` or `//`
 * behind a blank, or a `;` at the end. */
static struct config_flaw find_foreign_end(char *text)
{
    for (char *at = text; *at != '\0'; at++) {
        bool is_word = at == text || is_blank(at[-1]);

        if (*at == '"' || *at == '\'')
            at = quote_end(at);
        else if (is_word && (*at == ';' || strncmp(at, "//", 2) == 0) && at > text)
            return (struct config_flaw){at,
                                        "a comment begins with '#'; a value that has this in it "
                                        "stands in quotes"};
        else if (*at == ';' && at[1] == '\0')
            return (struct config_flaw){at,
                                        "no ';' ends a line; a value that ends in one stands in "
                                        "quotes"};
    }
    return (struct config_flaw){0};
}

/* Remove the quotes of TEXT, the second of which is at CLOSE, and its backslashes. */
static void unquote(char *text, const char *close)
{
    char quote = *text, *to = text;

    for (const char *from = text + 1; from < close; from++) {
        if (*from == '\\' && quote == '"')
            from++;
        *to++ = *from;
    }
    *to = '\0';
}

struct config_flaw config_words_cut(char *text)
{
    char *at = config_comment_cut(text);

    if (at != NULL)
        return (struct config_flaw){at, "a quote that never ends"};
    return find_foreign_end(text);
}

struct config_flaw config_value_cut(char *text)
{
    bool is_quoted = *text == '"' || *text == '\'';
    char *at = config_comment_cut(text), *close = is_quoted ? quote_end(text) : NULL;

    if (at != NULL)
        return (struct config_flaw){at, "a quote that never ends"};
    if (close == NULL)
        return find_foreign_end(text);
    at = close + 1 + strspn(close + 1, " \t");
    if (*at == '\0')
        unquote(text, close);
    else
        return (struct config_flaw){at, config_looks_like_comment(at) || *at == '#'
                                            ? "text behind the closing quote; a comment begins "
                                              "with a blank and '#'"
                                            : "text behind the closing quote; one pair of quotes "
                                              "encloses all of a value"};
    return (struct config_flaw){0};
}

bool config_value_needs_quotes(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (strchr("\"'#\\;", *at) != NULL || (unsigned char)*at >= 0x80 ||
            (at > text && is_blank(at[-1]) && *at == '/'))
            return true;
    }
    return is_blank(text[0]) || is_blank(text[strlen(text) - 1]);
}
