/*
 * resident: see resident.h.
 */
#include "common/config/resident.h"

#include <string.h>

#include "common/config/keys.h"
#include "common/config/scope.h"
#include "common/number.h"

/* No deadline can hold for connections of which nothing is known. */
static void clear_unseen(struct pool_config *pool)
{
    pool->linger_ns = 0;
    pool->idle_timeout_ns = pool->max_connection_time_ns = NUMBER_UNLIMITED;
    pool->max_connections_per_worker = NUMBER_UNLIMITED;
    pool->log_connections = 0;
}

void config_resident_resolve(struct pool_config *pool)
{
    pool->is_resident = pool->runs_program && pool->start == START_RESIDENT;
    /* The sockets of systemd's way are non-blocking, those of FastCGI and inetd are not. */
    if (pool->nonblocking < 0)
        pool->nonblocking = pool->listener_descriptor != 0;
    pool->listener_blocks = pool->is_resident && pool->nonblocking == 0;
    if (pool->is_resident)
        clear_unseen(pool);
}

/* Return whether SETTING, of KEY, is there and asks for something, and does not cancel what the
 * pool would inherit. */
static bool is_asked_for(const struct config_key *key, const struct config_setting *setting)
{
    static const char *const cancels[] = {"none", "unlimited", "no", "0s"};

    if (setting->text == NULL)
        return false;
    if (key->kind == KIND_SOURCES)
        return config_word_find(key, setting->text) == NULL;
    for (size_t i = 0; i < sizeof(cancels) / sizeof(cancels[0]); i++) {
        if (strcmp(setting->text, cancels[i]) == 0)
            return false;
    }
    return true;
}

void config_resident_check(struct config *config, size_t index, struct config_errors *errors)
{
    const struct pool_config *pool = &config->pools[index];

    if (!pool->is_resident)
        return;
    for (size_t i = 0; i < config_key_count; i++) {
        const char *name = config_keys[i].name;

        if ((config_keys[i].uses & USE_ACCEPTED) != 0 &&
            is_asked_for(&config_keys[i], config_scopes_setting(config->scopes, index, name)))
            config_refuse_key(config, index, name, errors,
                              "%s does not apply with start = resident: the program accepts its "
                              "connections by itself, where preforkd does not see them",
                              name);
    }
    if (pool->workers.min < pool->workers.max)
        config_refuse_key(config, index, "workers", errors,
                          "workers has to be one number with start = resident: preforkd does not "
                          "see how busy the programs are");
}
