/*
 * service: the table of the services.
 */
#include "server/service/service.h"

#include <string.h>

#define SERVICES(SERVICE)                                                                          \
    SERVICE(increment)                                                                             \
    SERVICE(echo) SERVICE(discard) SERVICE(daytime) SERVICE(time) SERVICE(chargen) SERVICE(program)

#define DECLARE(name) extern const struct service service_##name;
#define ADDRESS(name) &service_##name,
#define NAME(name)    #name,

SERVICES(DECLARE)

static const struct service *const services[] = {SERVICES(ADDRESS) NULL};
static const char *const names[] = {SERVICES(NAME) NULL};

const struct service *service_find(const char *name)
{
    for (size_t i = 0; services[i] != NULL; i++) {
        if (strcmp(services[i]->name, name) == 0)
            return services[i];
    }
    return NULL;
}

const char *const *service_names(void)
{
    return names;
}
