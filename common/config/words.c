/*
 * words: see words.h.
 */
#include "common/config/words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The kernel's MAX_ARG_STRLEN, 32 pages (execve(2)). */
enum { WORD_SIZE_MAX = 32 * 4096 };

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static const char *skip_blanks(const char *text)
{
    while (is_blank(*text))
        text++;
    return text;
}

/* Return whether AT is a backslash in double quotes that takes the meaning from the next byte. */
static bool is_escape(const char *at, char quote)
{
    return *at == '\\' && quote == '"' && (at[1] == '"' || at[1] == '\\');
}

/* Return the end of the word at TEXT. Write it, without its quotes, to *TO, and advance that; NULL:
 * do not write it. */
static const char *take_word(const char *text, char **to)
{
    char quote = '\0';

    for (; *text != '\0' && (quote != '\0' || !is_blank(*text)); text++) {
        if (quote == '\0' && (*text == '"' || *text == '\'')) {
            quote = *text;
        } else if (*text == quote) {
            quote = '\0';
        } else {
            text += is_escape(text, quote);
            if (to != NULL)
                *(*to)++ = *text;
        }
    }
    return text;
}

const char *config_word_end(const char *text)
{
    return take_word(text, NULL);
}

static size_t count_words(const char *text)
{
    size_t count = 0;

    for (text = skip_blanks(text); *text != '\0'; text = skip_blanks(config_word_end(text)))
        count++;
    return count;
}

char **config_words(const char *text)
{
    size_t pointers = count_words(text) + 1, count = 0;
    char **words = calloc(pointers + strlen(text) / sizeof(char *) + 1, sizeof(char *)), *to;

    if (words == NULL)
        return NULL;
    to = (char *)(words + pointers);
    for (text = skip_blanks(text); *text != '\0'; text = skip_blanks(text)) {
        words[count++] = to;
        text = take_word(text, &to);
        *to++ = '\0';
    }
    words[count] = NULL;
    return words;
}

/* Return why BYTE, which is not in quotes and BEGINS a word or not, is no part of a word. */
static const char *refuse_byte(char byte, bool begins)
{
    if (byte == '\\')
        return "has a backslash outside quotes; put that word in single quotes";
    if (byte == '$' || byte == '`')
        return "has a '$' or '`', which no shell replaces here; run sh -c '...', or put that word "
               "in single quotes";
    if (begins && byte == '~')
        return "has a '~', which no shell expands here; write the whole path, or put that word in "
               "quotes";
    if (strchr("|&;<>", byte) != NULL)
        return "has a '|', '&', ';', '<' or '>', which no shell reads here; run sh -c '...', or "
               "put that word in quotes";
    return NULL;
}

/* Return whether a word of TEXT is longer than execve(2) takes. */
static bool has_long_word(const char *text)
{
    for (text = skip_blanks(text); *text != '\0'; text = skip_blanks(text)) {
        const char *end = config_word_end(text);

        if (end - text >= WORD_SIZE_MAX)
            return true;
        text = end;
    }
    return false;
}

const char *config_words_refuse(const char *text)
{
    const char *reason = NULL;
    char quote = '\0';

    if (has_long_word(text))
        return "has a word of 128 KiB or more, which no program can be started with";
    for (const char *at = text; *at != '\0' && reason == NULL; at++) {
        bool begins = at == text || is_blank(at[-1]);

        if (quote != '\0') {
            if (is_escape(at, quote))
                at++;
            else if (*at == quote)
                quote = '\0';
        } else if (*at == '"' || *at == '\'') {
            quote = *at;
        } else {
            reason = refuse_byte(*at, begins);
        }
    }
    return reason;
}
