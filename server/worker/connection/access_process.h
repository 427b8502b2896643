/*
 * access_process: which rule of an access table is for a process of this host, by what the kernel
 * says of it: the user and the groups with which it called connect(2) on a unix socket.
 */
#ifndef PREFORKD_SERVER_WORKER_CONNECTION_ACCESS_PROCESS_H
#define PREFORKD_SERVER_WORKER_CONNECTION_ACCESS_PROCESS_H

#include <sys/socket.h>

#include "server/worker/connection/access_table.h"

/* Return the rule of TABLE for the process that connected to FD: that for its user, or for one of
 * its groups, the supplementary ones too, or for all. A rule for users takes one system call, and
 * one for groups another. CLIENT becomes whose the process is, where TABLE has such rules. What
 * cannot be found out has a rule that refuses it. */
const struct access_rule *access_process_find(const struct access_table *table, int fd,
                                              struct ucred *client);

#endif
