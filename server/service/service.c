/*
 * service: the table of the services.
 */
#include "server/service/service.h"

#include <string.h>

/* A BYTES(NAME) is in builtin/NAME.c, with the interface of preforkd/service.h. */
#define SERVICES(BYTES, SERVICE)                                                                   \
    BYTES(increment)                                                                               \
    BYTES(echo)                                                                                    \
    BYTES(discard) BYTES(daytime) BYTES(time) BYTES(chargen) SERVICE(program) SERVICE(module)

#define DECLARE_BYTES(word) extern const struct preforkd_service service_##word;
#define DECLARE(word)       extern const struct service service_##word;
#define WRAP(word)                                                                                 \
    static const struct service wrapped_##word = {.name = #word, .bytes = &service_##word};
#define NOTHING(word)
#define WRAPPED(word) &wrapped_##word,
#define ADDRESS(word) &service_##word,
#define NAME(word)    #word,

SERVICES(DECLARE_BYTES, DECLARE)
SERVICES(WRAP, NOTHING)

static const struct service *const services[] = {SERVICES(WRAPPED, ADDRESS) NULL};
static const char *const names[] = {SERVICES(NAME, NAME) NULL};

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
