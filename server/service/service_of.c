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
