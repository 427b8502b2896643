/*
 * trust: see trust.h.
 */
#include "common/config/trust.h"

#include <sys/socket.h>

#include "common/config/scope.h"

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

void config_trust_check(struct config *config, struct config_errors *errors)
{
    for (size_t i = 0; i < config->pool_count; i++) {
        if (config->pools[i].proxy_protocol == PROXY_REQUIRED && config->pools[i].mode >= 0)
            check(config, i, errors);
    }
}
