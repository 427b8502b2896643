/*
 * inherited: the listeners that were there before this master, from its predecessor or a service
 * manager, until its pools share them, and a predecessor's control socket.
 */
#ifndef PREFORKD_SERVER_NET_INHERITED_H
#define PREFORKD_SERVER_NET_INHERITED_H

#include <stddef.h>

#include "server/net/listener.h"

/* A listener, and whose it was or is to be. */
struct inherited_listener {
    struct listener *listener;
    char *pool;
};

struct inherited {
    struct inherited_listener *items;
    size_t count;
    char *control_path; /* NULL: there is no control socket */
    int control_fd;     /* -1: likewise, or it was taken */
    struct socket_file control_file;
};

/* One with nothing in it. */
struct inherited inherited_empty(void);

/* Add LISTENER, which is for the pool of the name POOL. 0, or -1 with errno, and LISTENER is the
 * caller's still. */
int inherited_add(struct inherited *inherited, const char *pool, struct listener *listener);

/* The listener for the pool of CONFIG, as listener_is_for says, or NULL. */
struct listener *inherited_find(const struct inherited *inherited,
                                const struct pool_config *config);

/* What is left of the control socket is not needed. */
void inherited_leave_control(struct inherited *inherited);

/* In a worker: close those that no pool has. */
void inherited_disown(const struct inherited *inherited);

/* Let go of all; those that nobody shares are closed. Nothing of INHERITANCE is left. */
void inherited_close(struct inherited *inherited);

#endif
