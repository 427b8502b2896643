/*
 * listener_barrier: what keeps clients from a listener that is open: a socket option by which
 * another process has the kernel drop them, or a socket file that is gone. No event reports that:
 * the listener has to be looked at.
 */
#ifndef PREFORKD_SERVER_NET_LISTENER_BARRIER_H
#define PREFORKD_SERVER_NET_LISTENER_BARRIER_H

#include "server/net/listener.h"

/* Return the name of an option of LISTENER that keeps clients out and that this server never sets
 * while it serves; NULL: there is none. Of a TCP signature (TCP_MD5SIG) the kernel says nothing. */
const char *listener_barrier(const struct listener *listener);

/* Set LISTENER's is_down if there is one, or its socket file is gone. */
void listener_examine(struct listener *listener);

/* Take the options back as far as the kernel allows: not a filter that is locked. */
void listener_remove_barriers(const struct listener *listener);

#endif
