/*
 * scope: see scope.h.
 */
#include "common/config/scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/keys.h"

struct config_scope *config_scopes_add(struct config_scopes *scopes, const char *name,
                                       struct config_place place)
{
    struct config_scope *scope;

    scopes->scopes = reallocarray(scopes->scopes, scopes->count + 1, sizeof(*scope));
    if (scopes->scopes == NULL)
        abort();
    scope = &scopes->scopes[scopes->count++];
    *scope = (struct config_scope){.place = place};
    snprintf(scope->name, sizeof(scope->name), "%s", name);
    scope->settings = calloc(config_key_count, sizeof(*scope->settings));
    if (scope->settings == NULL)
        abort();
    return scope;
}

void config_scopes_free(struct config_scopes *scopes)
{
    for (size_t i = 0; i < scopes->count; i++) {
        for (size_t key = 0; key < config_key_count; key++)
            free(scopes->scopes[i].settings[key].text);
        free(scopes->scopes[i].settings);
    }
    free(scopes->scopes);
    *scopes = (struct config_scopes){0};
}

struct config_scope *config_scopes_find(struct config_scopes *scopes, const char *name)
{
    for (size_t i = 1; i < scopes->count; i++) {
        if (strcmp(scopes->scopes[i].name, name) == 0)
            return &scopes->scopes[i];
    }
    return NULL;
}

struct config_setting *config_scopes_setting(const struct config_scopes *scopes, size_t pool,
                                             const char *name)
{
    ptrdiff_t key = config_key_find(name) - config_keys;
    struct config_setting *own = &scopes->scopes[pool + 1].settings[key];

    return own->text != NULL ? own : &scopes->scopes[0].settings[key];
}
