/*
 * listener_options: the socket options of a listener, as its pool's configuration has them.
 */
#ifndef PREFORKD_SERVER_NET_LISTENER_OPTIONS_H
#define PREFORKD_SERVER_NET_LISTENER_OPTIONS_H

#include <stdbool.h>

#include "common/config/config.h"
#include "common/endpoint.h"

/* Set the options of FD, which is bound to ENDPOINT, and listen on a stream with the backlog of
 * CONFIG; log a warning where the kernel caps it. FD may be listening already. Where CONFIG leaves
 * defer_accept open, CLIENT_SPEAKS_FIRST decides whether the kernel may hold a connection back
 * until its first byte. Returns 0, or -1 with errno. */
int listener_options_apply(int fd, const struct endpoint *endpoint,
                           const struct pool_config *config, bool client_speaks_first);

/* Have the kernel drop each datagram, and refuse each attempt to connect, that reaches the inet
 * socket FD of that TYPE from now on. What is queued stays. Returns 0, or -1 with errno. */
int listener_options_refuse(int fd, int type);

/* Let other sockets of this user be bound beside FD (socket(7), SO_REUSEPORT), or no longer. */
void listener_options_share_port(int fd, bool share);

/* Make FD blocking, or non-blocking. Returns 0, or -1 with errno. */
int listener_options_set_blocking(int fd, bool blocks);

#endif
