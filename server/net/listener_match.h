/*
 * listener_match: whether a listener that exists is the one of a pool.
 */
#ifndef PREFORKD_SERVER_NET_LISTENER_MATCH_H
#define PREFORKD_SERVER_NET_LISTENER_MATCH_H

#include <stdbool.h>

#include "common/config/config.h"
#include "server/net/listener.h"

/* Return whether LISTENER has the address where CONFIG wants to listen. Of those that a service
 * manager handed in, `*` and :: are the same. */
bool listener_is_at(const struct listener *listener, const struct pool_config *config);

/* Return whether LISTENER, of the pool named OWNER, is for the pool of CONFIG, whatever its
 * address: a pool keeps the port that the kernel chose for it, and a listener that a service
 * manager handed in serves the pool of its name, if mode and type are the same. */
bool listener_is_for(const struct listener *listener, const char *owner,
                     const struct pool_config *config);

#endif
