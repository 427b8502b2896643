/*
 * services: the table of the services of preforkd_hostile.
 */
#include "tests/hostile/hostile.h"

#include <string.h>

static const struct service services[] = {{.name = "increment", .bytes = &service_increment},
                                          {.name = "hostile", .bytes = &service_hostile},
                                          {.name = "attempts", .bytes = &service_attempts}};
static const char *const names[] = {"increment", "hostile", "attempts", NULL};

const struct service *service_find(const char *name)
{
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        if (strcmp(services[i].name, name) == 0)
            return &services[i];
    }
    return NULL;
}

const char *const *service_names(void)
{
    return names;
}
