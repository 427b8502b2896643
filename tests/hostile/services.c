/*
 * services: the table of the services of preforkd_hostile.
 */
#include "tests/hostile/hostile.h"

#include <string.h>

static const char *const names[] = {"increment", "hostile", NULL};

const struct service *service_find(const char *name)
{
    if (strcmp(name, service_hostile.name) == 0)
        return &service_hostile;
    return strcmp(name, service_increment.name) == 0 ? &service_increment : NULL;
}

const char *const *service_names(void)
{
    return names;
}
