/*
 * scope: see scope.h.
 */
#include "common/config/scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/advice.h"
#include "common/config/keys.h"
#include "common/text.h"

bool config_is_name(const char *text, size_t length)
{
    return length < CONFIG_NAME_SIZE && text_consists_of(text, length, "-_");
}

/* Return the link at which the scope named NAME is, or where one would be added. Scopes of pools
 * are a tree in the order of their hashes, which keeps it flat: 40,000 took 4 s to compare with
 * all. */
static size_t *find_link(struct config_scopes *scopes, const char *name)
{
    uint64_t hash = text_hash(name, strlen(name));
    size_t *link = &scopes->root;

    while (*link != 0 && strcmp(scopes->scopes[*link].name, name) != 0)
        link = &scopes->scopes[*link].links[hash > scopes->scopes[*link].hash];
    return link;
}

struct config_scope *config_scopes_find(struct config_scopes *scopes, const char *name)
{
    size_t index = *find_link(scopes, name);

    return index == 0 ? NULL : &scopes->scopes[index];
}

struct config_scope *config_scopes_add(struct config_scopes *scopes, const char *name,
                                       struct config_place place)
{
    struct config_scope *scope;
    size_t *link;

    if ((scopes->count & (scopes->count - 1)) == 0) /* full: a power of two, or 0 */
        scopes->scopes = reallocarray(scopes->scopes, 2 * scopes->count + 1, sizeof(*scope));
    if (scopes->scopes == NULL)
        config_no_memory();
    scope = &scopes->scopes[scopes->count];
    *scope = (struct config_scope){.place = place, .hash = text_hash(name, strlen(name))};
    snprintf(scope->name, sizeof(scope->name), "%s", name);
    link = find_link(scopes, name);
    if (*link == 0)
        *link = scopes->count; /* 0 is the master's, which has no name to be found by */
    scopes->count++;
    scope->settings = calloc(config_key_count, sizeof(*scope->settings));
    if (scope->settings == NULL)
        config_no_memory();
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

static void mark(struct config_scope *scope, const char *name)
{
    const struct config_key *key = name == NULL ? NULL : config_key_find(name);

    if (key != NULL && scope->settings[key - config_keys].text == NULL)
        scope->settings[key - config_keys].refused = true;
}

void config_scope_refuse(struct config_scope *scope, const char *text)
{
    const struct config_advice *advice;
    char word[64];
    size_t length =
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");

    snprintf(word, sizeof(word), "%.*s", (int)(length < sizeof(word) ? length : 0), text);
    advice = config_advice_find(word);
    mark(scope, word);
    mark(scope, advice == NULL ? config_key_suggest(word) : advice->keys[0]);
    mark(scope, advice == NULL ? NULL : advice->keys[1]);
}

struct config_setting *config_scopes_setting(const struct config_scopes *scopes, size_t pool,
                                             const char *name)
{
    ptrdiff_t key = config_key_find(name) - config_keys;
    struct config_setting *own = &scopes->scopes[pool + 1].settings[key];

    return own->text != NULL || own->refused ? own : &scopes->scopes[0].settings[key];
}
