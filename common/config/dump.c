/*
 * dump: print a configuration as text, with where each value came from.
 */
#include <string.h>

#include "common/config/config.h"
#include "common/config/field.h"
#include "common/config/keys.h"
#include "common/config/scope.h"

static void dump_key(const struct config_key *key, const void *structure,
                     const struct config_setting *setting, FILE *out)
{
    fprintf(out, "%s = ", key->name);
    config_field_print(key, structure, out);
    if (setting->text == NULL)
        fputs("  # default\n", out);
    else if (strcmp(setting->place.file, "-o") == 0)
        fputs("  # -o\n", out);
    else
        fprintf(out, "  # %s:%d\n", setting->place.file, setting->place.line);
}

/* Return whether KEY, of a pool, means anything for the mode, type and service of POOL. */
static bool concerns(const struct config_key *key, const struct pool_config *pool)
{
    unsigned int is = (pool->mode == MODE_UNIX ? USE_UNIX : USE_INET) |
                      (pool->type == SOCK_STREAM ? USE_STREAM : 0U) |
                      (pool->runs_program ? USE_PROGRAM : USE_BYTES) |
                      (pool->is_resident ? USE_RESIDENT : USE_ACCEPTED);

    return !key->of_master && (key->uses & ~is) == 0;
}

void config_dump(const struct config *config, FILE *out)
{
    for (size_t i = 0; i < config_key_count; i++) {
        if (config_keys[i].of_master)
            dump_key(&config_keys[i], config, &config->scopes->scopes[0].settings[i], out);
    }
    for (size_t pool = 0; pool < config->pool_count; pool++) {
        fprintf(out, "\n[pool %s]\n", config->pools[pool].name);
        for (size_t i = 0; i < config_key_count; i++) {
            const struct config_key *key = &config_keys[i];

            if (concerns(key, &config->pools[pool]))
                dump_key(key, &config->pools[pool],
                         config_scopes_setting(config->scopes, pool, key->name), out);
        }
    }
}
