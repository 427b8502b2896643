/*
 * group: what /proc says of a process group: whether one of it runs, and whether its leader sleeps.
 */
#ifndef PREFORKD_SERVER_PROGRAM_GROUP_H
#define PREFORKD_SERVER_PROGRAM_GROUP_H

#include <stdbool.h>
#include <sys/types.h>

/* Return whether a process of GROUP runs: zombies do not. Without /proc there is none. */
bool group_lives(pid_t group);

/* Return whether the process LEADER sleeps until something happens, as in a read(2). */
bool group_leader_sleeps(pid_t leader);

#endif
