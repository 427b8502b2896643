/*
 * pack: see pack.h.
 *
 * The block begins with struct config, then come its arrays and its texts. What points into the
 * block is an offset from its beginning; 0 is NULL.
 */
#include "common/config/pack.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/config/keys.h"
#include "common/config/scope.h"

/* A block that is being filled. Without BYTES it is only measured. */
struct packer {
    char *bytes;
    size_t used;
};

enum { ALIGNMENT = sizeof(int64_t) };

/* Append SIZE bytes. Returns their offset. */
static size_t append(struct packer *packer, const void *bytes, size_t size)
{
    size_t at = packer->used;

    if (packer->bytes != NULL && size > 0)
        memcpy(packer->bytes + at, bytes, size);
    packer->used += (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return at;
}

/* Replace the pointer at AT, in the block, by the offset of what it points to, SIZE bytes that are
 * appended. */
static void append_target(struct packer *packer, size_t at, const void *target, size_t size)
{
    uintptr_t offset;

    if (target == NULL)
        return;
    offset = append(packer, target, size);
    if (packer->bytes != NULL)
        memcpy(packer->bytes + at, &offset, sizeof(offset));
}

static void append_text(struct packer *packer, size_t at, const char *text)
{
    append_target(packer, at, text, text == NULL ? 0 : strlen(text) + 1);
}

/* Append the texts of STRUCTURE, struct config or struct pool_config, a copy of which is at AT. */
static void append_texts(struct packer *packer, size_t at, const void *structure, bool of_master)
{
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];

        if (key->of_master == of_master && config_key_is_text(key))
            append_text(
                packer, at + key->offset,
                *(const char *const *)(const void *)((const char *)structure + key->offset));
    }
}

static void append_pools(struct packer *packer, const struct config *config)
{
    size_t at = packer->used;

    append_target(packer, offsetof(struct config, pools), config->pools,
                  config->pool_count * sizeof(*config->pools));
    for (size_t i = 0; i < config->pool_count; i++, at += sizeof(*config->pools)) {
        append_text(packer, at + offsetof(struct pool_config, name), config->pools[i].name);
        append_target(packer, at + offsetof(struct pool_config, groups), config->pools[i].groups,
                      config->pools[i].group_count * sizeof(*config->pools[i].groups));
        append_texts(packer, at, &config->pools[i], false);
    }
}

static void append_settings(struct packer *packer, size_t scope_at,
                            const struct config_scope *scope)
{
    size_t at = packer->used;

    append_target(packer, scope_at + offsetof(struct config_scope, settings), scope->settings,
                  config_key_count * sizeof(*scope->settings));
    for (size_t i = 0; i < config_key_count; i++)
        append_text(packer,
                    at + i * sizeof(*scope->settings) + offsetof(struct config_setting, text),
                    scope->settings[i].text);
}

static void append_scopes(struct packer *packer, const struct config_scopes *scopes)
{
    size_t at = packer->used, first;

    append_target(packer, offsetof(struct config, scopes), scopes, sizeof(*scopes));
    first = packer->used;
    append_target(packer, at + offsetof(struct config_scopes, scopes), scopes->scopes,
                  scopes->count * sizeof(*scopes->scopes));
    for (size_t i = 0; i < scopes->count; i++)
        append_settings(packer, first + i * sizeof(*scopes->scopes), &scopes->scopes[i]);
}

static void append_all(struct packer *packer, const struct config *config)
{
    append(packer, config, sizeof(*config));
    append_texts(packer, 0, config, true);
    append_pools(packer, config);
    append_scopes(packer, config->scopes);
}

void *config_pack(const struct config *config, size_t *size)
{
    struct packer packer = {.bytes = NULL};

    append_all(&packer, config);
    *size = packer.used;
    packer = (struct packer){.bytes = calloc(1, packer.used)};
    if (packer.bytes != NULL)
        append_all(&packer, config);
    return packer.bytes;
}

/* Make the offset at POINTER, in BLOCK, a pointer again. */
static void restore(char *block, void *pointer)
{
    uintptr_t offset;
    char *target;

    memcpy(&offset, pointer, sizeof(offset));
    target = offset == 0 ? NULL : block + offset;
    memcpy(pointer, &target, sizeof(target));
}

static void restore_texts(char *block, void *structure, bool of_master)
{
    for (size_t i = 0; i < config_key_count; i++) {
        if (config_keys[i].of_master == of_master && config_key_is_text(&config_keys[i]))
            restore(block, (char *)structure + config_keys[i].offset);
    }
}

struct config *config_unpack(void *block, size_t size)
{
    struct config *config = block;
    struct config_scopes *scopes;

    if (size < sizeof(*config) + sizeof(*scopes))
        return NULL;
    config->packed = true;
    restore_texts(block, config, true);
    restore(block, &config->pools);
    restore(block, &config->scopes);
    for (size_t i = 0; i < config->pool_count; i++) {
        restore(block, &config->pools[i].name);
        restore(block, &config->pools[i].groups);
        restore_texts(block, &config->pools[i], false);
    }
    scopes = config->scopes;
    if (scopes == NULL)
        return NULL;
    restore(block, &scopes->scopes);
    for (size_t i = 0; i < scopes->count; i++) {
        restore(block, &scopes->scopes[i].settings);
        for (size_t key = 0; key < config_key_count; key++)
            restore(block, &scopes->scopes[i].settings[key].text);
    }
    return config;
}
