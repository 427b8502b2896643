/*
 * keys: the one table of configuration keys. Private to common/config, and to the tests that
 * compare the manual with the table.
 */
#ifndef PREFORKD_COMMON_CONFIG_KEYS_H
#define PREFORKD_COMMON_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum config_kind {
    KIND_WORD,
    KIND_INTEGER,
    KIND_RANGE,
    KIND_MODE,
    KIND_DURATION,
    KIND_SIZE,
    KIND_TEXT,
    KIND_PATH,
    KIND_SOCKET,
    KIND_COMMAND,     /* words, of which the first is a program */
    KIND_ENVIRONMENT, /* words, each NAME=VALUE */
    KIND_SOURCES      /* words, each as source.h has it */
};

/* A word that stands for a value. KIND_WORD has no other values; for the other kinds the words are
 * additional ones. */
struct config_word {
    const char *name;
    int64_t value; /* where the field is a text: CONFIG_WORD_KEPT, or it becomes NULL */
};

/* The value of a word that a text is set to as it is. */
enum { CONFIG_WORD_KEPT = 1 };

/* The sockets, and the services, for which a key has a meaning. */
enum config_use {
    USE_UNIX = 1,
    USE_INET = 2,
    USE_STREAM = 4,
    USE_PROGRAM = 8,
    USE_BYTES = 16,
    USE_RESIDENT = 32, /* a program that accepts by itself */
    USE_ACCEPTED =
        64 /* connections that a worker of preforkd accepts: none of a resident program */
};

struct config_key {
    const char *name;
    enum config_kind kind;
    bool of_master;           /* in struct config; allowed before the first section only */
    size_t offset;            /* in struct config or struct pool_config */
    const char *default_text; /* NULL: required, or decided by resolve.c */
    int64_t min, max;         /* of numbers, in the unit of the field */
    const struct config_word *words;
    unsigned int uses; /* of enum config_use; 0: every socket and service */
};

extern const struct config_key config_keys[];
extern const size_t config_key_count;

/* Return the key named NAME, or NULL. */
const struct config_key *config_key_find(const char *name);

/* Return the name of the key that WORD was probably meant to be, or NULL. */
const char *config_key_suggest(const char *word);

/* Return the word of KEY that is NAME, or NULL. */
const struct config_word *config_word_find(const struct config_key *key, const char *name);

/* Return whether KEY's field is a text, which may be NULL. */
bool config_key_is_text(const struct config_key *key);

/* Return whether KEY's value is a list of words, which keep their quotes (words.h). */
bool config_key_is_words(const struct config_key *key);

#endif
