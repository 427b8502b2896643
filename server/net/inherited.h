/*
 * inherited: the listeners that existed before this master, handed over by its predecessor or a
 * service manager, until its pools and its control socket share them. A zeroed struct has none.
 */
#ifndef PREFORKD_SERVER_NET_INHERITED_H
#define PREFORKD_SERVER_NET_INHERITED_H

#include <stdbool.h>
#include <stddef.h>

#include "server/net/listener.h"

struct inherited_listener {
    struct listener *listener;
    char *pool; /* its pool, or its name from a service manager; NULL: the control socket */
};

struct inherited {
    struct inherited_listener *items;
    size_t count;
};

/* Add LISTENER, and with it one use of it, for the pool named POOL, or for the control socket where
 * that is NULL. Returns 0; or -1 with errno, and the calling code still has to drop LISTENER. */
int inherited_add(struct inherited *inherited, const char *pool, struct listener *listener);

/* Return whether a listener of INHERITED has LISTENER's descriptor, or that of its lock. */
bool inherited_has(const struct inherited *inherited, const struct listener *listener);

/* Return a predecessor's control socket, if it is where CONFIG wants one, or NULL. */
struct listener *inherited_find_control(const struct inherited *inherited,
                                        const struct pool_config *config);

/* Drop all listeners, which closes those that are not shared, and free INHERITED's memory. */
void inherited_close(struct inherited *inherited);

#endif
