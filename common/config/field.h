/*
 * field: the field of a key, in struct config or struct pool_config: how a value of each kind is
 * parsed, printed and refused. Private to common/config.
 */
#ifndef PREFORKD_COMMON_CONFIG_FIELD_H
#define PREFORKD_COMMON_CONFIG_FIELD_H

#include <stdio.h>

#include "common/config/keys.h"

/* Set KEY's field in STRUCTURE from TEXT. A text is copied, to be freed by config_field_clear().
 * Returns NULL, or an error message to be freed, such as "workers 'x' is not a whole number (1 to
 * 100000)". */
char *config_field_set(const struct config_key *key, void *structure, const char *text);

/* Free KEY's field in STRUCTURE, if it is a text. */
void config_field_clear(const struct config_key *key, void *structure);

/* Print KEY's field in STRUCTURE in a form that config_field_set() reads back. */
void config_field_print(const struct config_key *key, const void *structure, FILE *out);

#endif
