/*
 * pidfile: the file that says which process is the master.
 */
#ifndef PREFORKD_SERVER_MASTER_PIDFILE_H
#define PREFORKD_SERVER_MASTER_PIDFILE_H

#include <sys/types.h>

#include "common/failure.h"

/* Write this process's pid to PATH, whole or not at all; nothing where PATH is NULL. Returns 0, or
 * -1 with FAILURE. */
int pidfile_write(const char *path, struct failure *failure);

/* Remove PATH if it names the process PID. */
void pidfile_remove(const char *path, pid_t pid);

#endif
