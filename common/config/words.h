/*
 * words: a value that is a list of words, as `command` and `environment` have it. Blanks separate
 * words; quotes keep blanks, as in a shell: in single quotes each byte stands for itself, in double
 * quotes a backslash takes the meaning from a quote or a backslash. Nothing else is special, as no
 * shell reads a word: what a shell would take for more than a word has to stand in quotes.
 */
#ifndef PREFORKD_COMMON_CONFIG_WORDS_H
#define PREFORKD_COMMON_CONFIG_WORDS_H

/* Return what in TEXT a shell would take for more than words, as the end of a message; NULL where
 * there is nothing. Each quote in TEXT has an end: config_value_cut() has seen to that. */
const char *config_words_refuse(const char *text);

/* Return the words of TEXT, without their quotes, ended by NULL, in one block to be freed; NULL
 * without memory. */
char **config_words(const char *text);

/* Return the end of the first word of TEXT, quotes included. */
const char *config_word_end(const char *text);

#endif
