/*
 * service_of: the service of a pool, by all of its configuration.
 */
#include <stddef.h>

#include "common/config/config.h"
#include "server/service/service.h"

const struct service *service_of(const struct pool_config *config)
{
    const struct service *service = service_find(config->service);
    const struct service *variant = service->variant == NULL ? NULL : service->variant(config);

    return variant == NULL ? service : variant;
}

bool service_lets_client_speak_first(const struct pool_config *config)
{
    const struct service *service = service_of(config);

    return service->bytes == NULL ? config->module_lets_client_speak
                                  : service->bytes->client_speaks_first;
}

/* What a module has, a worker finds out. */
bool service_has_datagrams(const struct pool_config *config)
{
    const struct service *service = service_of(config);

    return config->runs_module || service->datagram != NULL ||
           (service->bytes != NULL && service->bytes->datagram != NULL);
}
