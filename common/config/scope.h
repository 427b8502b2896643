/*
 * scope: the settings of a configuration, section by section, before their values are checked.
 * Private to common/config.
 *
 * Scope 0 holds the settings before the first section; each `[pool NAME]` opens another scope.
 */
#ifndef PREFORKD_COMMON_CONFIG_SCOPE_H
#define PREFORKD_COMMON_CONFIG_SCOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/config/errors.h"

enum { CONFIG_NAME_SIZE = 32 };

struct config_setting {
    char *text; /* NULL: not set here */
    struct config_place place;
    bool refused; /* its error was reported; without text: it has one, in a line with an error */
};

struct config_scope {
    char name[CONFIG_NAME_SIZE];
    struct config_place place;
    uint64_t hash;   /* of the name */
    size_t links[2]; /* scopes with a lower hash, or the same, and a higher one; 0: none */
    bool refused;    /* its header is wrong: report nothing about the whole of it */
    struct config_setting *settings; /* as many as keys, in the order of the table */
};

struct config_scopes {
    struct config_scope *scopes;
    size_t count;
    size_t root; /* where the search for a name begins; 0: there is no pool yet */
};

/* Return whether the LENGTH bytes of TEXT can be the name of a pool. */
bool config_is_name(const char *text, size_t length);

/* Append an empty scope. NAME is cut to fit: the parser has checked its length. */
struct config_scope *config_scopes_add(struct config_scopes *scopes, const char *name,
                                       struct config_place place);

void config_scopes_free(struct config_scopes *scopes);

/* Return the scope of the pool named NAME, or NULL. */
struct config_scope *config_scopes_find(struct config_scopes *scopes, const char *name);

/* Mark the keys of SCOPE that TEXT, a line with an error, was meant to set, so that they are not
 * reported as missing too. */
void config_scope_refuse(struct config_scope *scope, const char *text);

/* Return the setting of the key NAME that holds for the POOL-th pool, from 0: its own, right or
 * wrong, else the master's, which may be unset too. */
struct config_setting *config_scopes_setting(const struct config_scopes *scopes, size_t pool,
                                             const char *name);

#endif
