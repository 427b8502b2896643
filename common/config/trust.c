/*
 * trust: see trust.h.
 */
#include "common/config/trust.h"

#include <sys/socket.h>

#include "common/config/scope.h"
#include "common/number.h"

static void check(struct config *config, size_t index, struct config_errors *errors)
{
    const struct pool_config *pool = &config->pools[index];
    const struct config_scope *scope = &config->scopes->scopes[index + 1];
    const struct config_setting *setting =
        config_scopes_setting(config->scopes, index, "proxy_from");

    if (pool->type != SOCK_STREAM)
        config_refuse_key(config, index, "proxy_protocol", errors,
                          "proxy_protocol is for streams, and pool '%s' has datagrams", pool->name);
    else if (pool->proxy_from == NULL && !setting->refused && !scope->refused)
        config_refuse(
            errors, scope->place,
            "pool '%s' needs 'proxy_from' where proxy_protocol is 'required': who may send "
            "the header",
            pool->name);
}

/* Refuse the limits of a source for the pool of datagrams at INDEX, where they cannot hold: none
 * lasts, and on a unix socket none says whose it is. */
static void check_sources(struct config *config, size_t index, struct config_errors *errors)
{
    static const char of_unix[] =
        "%s does not apply to pool '%s': a datagram on a unix socket does "
        "not say whose it is; socket_permissions decides who may send";
    const struct pool_config *pool = &config->pools[index];

    if (pool->max_per_source != NUMBER_UNLIMITED)
        config_refuse_key(config, index, "max_per_source", errors,
                          pool->mode == MODE_UNIX
                              ? of_unix
                              : "%s counts connections, and pool '%s' has datagrams; "
                                "max_rate_per_source limits those",
                          "max_per_source", pool->name);
    if (pool->max_rate_per_source != NUMBER_UNLIMITED && pool->mode == MODE_UNIX)
        config_refuse_key(config, index, "max_rate_per_source", errors, of_unix,
                          "max_rate_per_source", pool->name);
}

void config_trust_check(struct config *config, struct config_errors *errors)
{
    for (size_t i = 0; i < config->pool_count; i++) {
        const struct pool_config *pool = &config->pools[i];

        if (pool->proxy_protocol == PROXY_REQUIRED && pool->mode >= 0)
            check(config, i, errors);
        if (pool->type == SOCK_DGRAM && pool->mode >= 0 && !pool->is_resident)
            check_sources(config, i, errors);
    }
}
