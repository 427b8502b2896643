/*
 * value: the text of a value on its line: where it ends, what its quotes enclose, and what surely
 * does not belong to it. Private to common/config.
 */
#ifndef PREFORKD_COMMON_CONFIG_VALUE_H
#define PREFORKD_COMMON_CONFIG_VALUE_H

#include <stdbool.h>

/* A part of a line that is wrong, and the message about it. */
struct config_flaw {
    const char *at; /* NULL: there is none */
    const char *message;
};

/* Return the first byte of LINE, outside quotes and comments, that looks like a blank or a quote
 * and is none, such as a no-break space. */
struct config_flaw config_line_check(const char *line);

/* Return whether TEXT begins as a comment does in another language. */
bool config_looks_like_comment(const char *text);

/* End TEXT before its comment and the blanks in front of that. Returns the first byte of a quote
 * that never ends, or NULL. */
char *config_comment_cut(char *text);

/* Make the value of TEXT, which begins with it: without its comment, and without the quotes that
 * enclose all of it. TEXT is undefined where there is a flaw. */
struct config_flaw config_value_cut(char *text);

/* End TEXT, which is a list of words, before its comment. The words keep their quotes. */
struct config_flaw config_words_cut(char *text);

/* Return whether TEXT, without quotes, would not be read back as it is. */
bool config_value_needs_quotes(const char *text);

#endif
