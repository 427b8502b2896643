/*
 * inheritance: the listeners that were there before this master, from its predecessor or a service
 * manager, until its pools share them, and a predecessor's control socket.
 */
#ifndef PREFORKD_SERVER_NET_INHERITED_H
#define PREFORKD_SERVER_NET_INHERITED_H

#include <stddef.h>

#include "server/net/listener.h"

/* A listener, and whose it was or is to be. */
struct heirloom {
    struct listener *listener;
    char *pool;
};

struct inheritance {
    struct heirloom *items;
    size_t count;
    char *control_path; /* NULL: there is no control socket */
    int control_fd;     /* -1: likewise, or it was taken */
    struct socket_file control_file;
};

/* One with nothing in it. */
struct inheritance inheritance_empty(void);

/* Add LISTENER, which is for the pool of the name POOL. 0, or -1 with errno, and LISTENER is the
 * caller's still. */
int inheritance_add(struct inheritance *inheritance, const char *pool, struct listener *listener);

/* The listener for the pool of CONFIG, as listener_is_for says, or NULL. */
struct listener *inheritance_find(const struct inheritance *inheritance,
                                  const struct pool_config *config);

/* What is left of the control socket is not needed. */
void inheritance_leave_control(struct inheritance *inheritance);

/* In a worker: close those that no station has. */
void inheritance_disown(const struct inheritance *inheritance);

/* Let go of all; those that nobody shares are closed. Nothing of INHERITANCE is left. */
void inheritance_close(struct inheritance *inheritance);

#endif
