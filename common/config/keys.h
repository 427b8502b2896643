/*
 * keys: the one table of configuration keys, and how a value of each kind is read, written
 * and refused. Private to config.c and to what checks the documentation against the table.
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

/* A word that stands for a value: the only values of KIND_WORD, more values of the others. */
struct config_word {
    const char *name;
    int64_t value; /* of a text it is NULL */
};

/* Which sockets a key says something about. */
enum config_use { USE_UNIX = 1, USE_INET = 2, USE_STREAM = 4 };

struct config_key {
    const char *name;
    enum config_kind kind;
    bool of_master;           /* in struct config, before the first section only */
    size_t offset;            /* in struct config or struct pool_config */
    const char *default_text; /* NULL: required, or decided by config.c */
    int64_t min, max;         /* of numbers, in the field's own unit */
    const struct config_word *words;
    unsigned int uses; /* 0: every socket */
};

extern const struct config_key config_keys[];
extern const size_t config_key_count;

/* The key of that NAME, or NULL. */
const struct config_key *config_key_find(const char *name);

/* The key that WORD was probably meant to be: a name or NULL. */
const char *config_key_suggest(const char *word);

/* Set KEY's field in STRUCTURE from TEXT. NULL, or a message to be freed: "workers 'x' is ...".
 * Texts are copied; config_key_clear frees them. */
char *config_key_set(const struct config_key *key, void *structure, const char *text);

void config_key_clear(const struct config_key *key, void *structure);

/* Print KEY's field in STRUCTURE so that config_key_set reads it back. */
void config_key_print(const struct config_key *key, const void *structure, FILE *out);

#endif
