/*
 * services: the table of the services of preforkd_hostile.
 */
#include "tests/hostile/hostile.h"

#include <string.h>

static const struct service *const services[] = {&service_increment, &service_hostile,
                                                 &service_attempts};
static const char *const names[] = {"increment", "hostile", "attempts", NULL};

const struct service *service_find(const char *name)
{
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        if (strcmp(services[i]->name, name) == 0)
            return services[i];
    }
    return NULL;
}

const char *const *service_names(void)
{
    return names;
}
