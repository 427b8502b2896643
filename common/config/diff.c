/*
 * diff: see diff.h.
 */
#include "common/config/diff.h"

#include <stdlib.h>
#include <string.h>

#include "common/config/field.h"
#include "common/config/keys.h"

/* Return the value of KEY in STRUCTURE as text, to be freed; NULL without memory. */
static char *print_value(const struct config_key *key, const void *structure)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    config_field_print(key, structure, out);
    fclose(out);
    return text;
}

/* Print PREFIX, KEY and its two values, if they differ. Returns whether they do. */
static bool print_change(const struct config_key *key, const char *prefix, const void *old,
                         const void *new, FILE *out)
{
    char *before = print_value(key, old), *after = print_value(key, new);
    bool differs = before != NULL && after != NULL && strcmp(before, after) != 0;

    if (differs)
        fprintf(out, "%s%s: %s -> %s\n", prefix, key->name, before, after);
    free(before);
    free(after);
    return differs;
}

bool config_diff_master(const struct config *old, const struct config *new, FILE *out)
{
    bool differs = false;

    for (size_t i = 0; i < config_key_count; i++) {
        if (config_keys[i].of_master)
            differs |= print_change(&config_keys[i], "", old, new, out);
    }
    return differs;
}

bool config_diff_pool(const struct pool_config *old, const struct pool_config *new, FILE *out)
{
    char prefix[300];
    bool differs = false;

    snprintf(prefix, sizeof(prefix), "pool %.255s: ", new->name);
    for (size_t i = 0; i < config_key_count; i++) {
        if (!config_keys[i].of_master)
            differs |= print_change(&config_keys[i], prefix, old, new, out);
    }
    return differs;
}
