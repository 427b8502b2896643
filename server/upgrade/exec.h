/*
 * exec: the start of the process that is to take a master's place: what it gets, and how.
 */
#ifndef PREFORKD_SERVER_UPGRADE_EXEC_H
#define PREFORKD_SERVER_UPGRADE_EXEC_H

#include <sys/types.h>

struct master;

/* Start the binary at MASTER's path, with the same arguments, the listeners of the pools in force, the
 * control socket, and the channel and the file of MASTER's upgrade, which are opened. Its process; -1
 * with errno, and what was opened is there to be closed. */
pid_t exec_successor(struct master *master);

#endif
