/*
 * scope: what a configuration says, section by section, before anybody asks what it means.
 * Private to config.c and what it is made of.
 *
 * Scope 0 holds what comes before the first section; each `[pool NAME]` opens another.
 */
#ifndef PREFORKD_COMMON_CONFIG_SCOPE_H
#define PREFORKD_COMMON_CONFIG_SCOPE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/config/errors.h"

enum { CONFIG_NAME_SIZE = 32 };

struct config_setting {
    char *text; /* NULL: not set here */
    struct config_place place;
    bool refused; /* an error was reported for it already */
};

struct config_scope {
    char name[CONFIG_NAME_SIZE];
    struct config_place place;
    bool refused;                    /* its header was: nothing more is said about it as a whole */
    struct config_setting *settings; /* one for each key of the table */
};

struct config_scopes {
    struct config_scope *scopes;
    size_t count;
};

/* Append an empty scope; the name is cut to fit, for the caller checked it. */
struct config_scope *config_scopes_add(struct config_scopes *scopes, const char *name,
                                       struct config_place place);

void config_scopes_free(struct config_scopes *scopes);

/* The pool's scope of that NAME, or NULL. */
struct config_scope *config_scopes_find(struct config_scopes *scopes, const char *name);

/* Where the value of the key NAME was set for the POOL-th pool, from 0: in its own scope, else the
 * master's, where it may be unset too. */
struct config_setting *config_scopes_setting(const struct config_scopes *scopes, size_t pool,
                                             const char *name);

#endif
