/*
 * socket_activation: the sockets that a service manager has opened, and hands in (sd_listen_fds(3)).
 *
 * They are descriptors from 3 on, LISTEN_FDS of them, for the process LISTEN_PID; LISTEN_FDNAMES has
 * their names between colons. The manager keeps them: a stop leaves them as they are.
 */
#ifndef PREFORKD_SERVER_NET_SOCKET_ACTIVATION_H
#define PREFORKD_SERVER_NET_SOCKET_ACTIVATION_H

#include "server/net/inherited.h"

/* Add what is handed in to INHERITANCE, by its names. What is no socket that callers can reach is
 * closed, and that is said. The variables are gone then. */
void socket_activation_take(struct inherited *inherited);

/* Say which of INHERITANCE no pool shares. */
void socket_activation_report_unused(const struct inherited *inherited);

#endif
