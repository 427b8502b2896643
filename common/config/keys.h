/*
 * keys: the one table of configuration keys, and how a value of each kind is parsed, printed and
 * refused. Private to common/config, and to the tests that compare the manual with the table.
 */
#ifndef PREFORKD_COMMON_CONFIG_KEYS_H
#define PREFORKD_COMMON_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum config_kind {
    KIND_WORD,
    KIND_INTEGER,
    KIND_RANGE,
    KIND_MODE,
    KIND_DURATION,
    KIND_TEXT,
    KIND_PATH,
    KIND_SOCKET
};

/* A word that stands for a value. KIND_WORD has no other values; for the other kinds the words are
 * additional ones. */
struct config_word {
    const char *name;
    int64_t value; /* where the field is a text, whether it becomes the word itself, or NULL */
};

/* The sockets for which a key has a meaning. */
enum config_use { USE_UNIX = 1, USE_INET = 2, USE_STREAM = 4 };

struct config_key {
    const char *name;
    enum config_kind kind;
    bool of_master;           /* in struct config; allowed before the first section only */
    size_t offset;            /* in struct config or struct pool_config */
    const char *default_text; /* NULL: required, or decided by resolve.c */
    int64_t min, max;         /* of numbers, in the unit of the field */
    const struct config_word *words;
    unsigned int uses; /* of enum config_use; 0: every socket */
};

extern const struct config_key config_keys[];
extern const size_t config_key_count;

/* Return the key named NAME, or NULL. */
const struct config_key *config_key_find(const char *name);

/* Return the name of the key that WORD was probably meant to be, or NULL. */
const char *config_key_suggest(const char *word);

/* Return whether KEY's field is a text, which may be NULL. */
bool config_key_is_text(const struct config_key *key);

/* Set KEY's field in STRUCTURE from TEXT. A text is copied, to be freed by config_key_clear().
 * Returns NULL, or an error message to be freed, such as "workers 'x' is not a whole number (1 to
 * 100000)". */
char *config_key_set(const struct config_key *key, void *structure, const char *text);

/* Free KEY's field in STRUCTURE, if it is a text. */
void config_key_clear(const struct config_key *key, void *structure);

/* Print KEY's field in STRUCTURE in a form that config_key_set() reads back. */
void config_key_print(const struct config_key *key, const void *structure, FILE *out);

#endif
