/*
 * command: values that are words: a program with its arguments, an environment, and sources.
 * Private to common/config.
 */
#ifndef PREFORKD_COMMON_CONFIG_COMMAND_H
#define PREFORKD_COMMON_CONFIG_COMMAND_H

#include "common/config/keys.h"

/* Set *WORDS to TEXT, a value of KEY, to be freed. Of a command, the first word becomes the
 * absolute path of the program, as PATH or the working directory have it; it stays as it is where
 * there is none, which is for the server to refuse: a client does not run it. Returns NULL; or a
 * message, to be freed, where TEXT is no list of words for KEY. */
char *config_words_make(const struct config_key *key, const char *text, char **words);

/* Return the words of TEXT, a command, with the path of its program as it is for a process that has
 * ROOT as its root directory, to be freed; "" is the root directory of this process. */
char *config_command_make(const char *text, const char *root);

#endif
