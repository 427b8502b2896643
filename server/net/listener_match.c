/*
 * listener_match: see listener_match.h.
 */
#include "server/net/listener_match.h"

#include <string.h>

bool listener_is_at(const struct listener *listener, const struct pool_config *config)
{
    struct endpoint wanted = config->endpoint;

    if (listener->handed_in && endpoint_is_any(&wanted))
        wanted.wildcard = listener->endpoint.wildcard;
    return listener->endpoint.type == wanted.type && endpoint_equal(&listener->endpoint, &wanted);
}

bool listener_is_for(const struct listener *listener, const char *owner,
                     const struct pool_config *config)
{
    if (listener->endpoint.type != config->endpoint.type)
        return false;
    if (listener->handed_in)
        return listener->name != NULL && strcmp(listener->name, config->name) == 0 &&
               endpoint_is_unix(&listener->endpoint) == (config->mode == MODE_UNIX);
    return strcmp(owner, config->name) == 0 && endpoint_equal(&listener->asked, &config->endpoint);
}
