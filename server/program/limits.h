/*
 * limits: what the processes of a pool may use of the system: descriptors, memory, processor time,
 * processes, and their nice value.
 */
#ifndef PREFORKD_SERVER_PROGRAM_LIMITS_H
#define PREFORKD_SERVER_PROGRAM_LIMITS_H

#include "common/config/config.h"

enum { LIMITS_TEXT_SIZE = 160 };

/* Set the limits of POOL for this process and all that it starts, before credentials change. That
 * of processor time is for programs alone: here it only becomes possible to set it. Returns NULL;
 * or TEXT with errno: what cannot be done, as `set limit_files to 9999, whose hard limit is 1024`.
 */
const char *limits_set(const struct pool_config *pool, char text[LIMITS_TEXT_SIZE]);

/* Set those limits of POOL that are for programs alone, in a process that is about to execute one.
 * Only system calls are made, as the process may run in the memory of another. Returns 0, or -1
 * with errno. */
int limits_set_for_program(const struct pool_config *pool);

/* Find a limit of POOL that a process which this one forks could not set. Returns TEXT, which says
 * why, and *KEY is the key; NULL: there is none. */
const char *limits_refuse(const struct pool_config *pool, const char **key,
                          char text[LIMITS_TEXT_SIZE]);

#endif
