/*
 * group: whether a process group has a process that runs.
 */
#ifndef PREFORKD_SERVER_SERVICE_PROGRAM_GROUP_H
#define PREFORKD_SERVER_SERVICE_PROGRAM_GROUP_H

#include <stdbool.h>
#include <sys/types.h>

/* Return whether a process of GROUP runs: zombies do not. Without /proc there is none. */
bool group_lives(pid_t group);

#endif
