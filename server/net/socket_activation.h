/*
 * socket_activation: the sockets that a service manager has opened and hands in (sd_listen_fds(3)).
 *
 * They are LISTEN_FDS descriptors from 3 on, for the process LISTEN_PID; LISTEN_FDNAMES has their
 * names, separated by colons. The manager keeps them open: a stop leaves them as they are.
 */
#ifndef PREFORKD_SERVER_NET_SOCKET_ACTIVATION_H
#define PREFORKD_SERVER_NET_SOCKET_ACTIVATION_H

#include "server/net/inherited.h"

/* Add the sockets to INHERITED, under their names, and unset the variables. A descriptor that is no
 * socket which clients can reach is closed, and a warning logged. Fails where READY_FD,
 * which the command line names for something else (-1: none), is one of them. */
MAY_FAIL socket_activation_take(struct inherited *inherited, int ready_fd, struct failure *failure);

/* Log a warning for each listener of INHERITED that no pool shares. */
void socket_activation_report_unused(const struct inherited *inherited);

#endif
