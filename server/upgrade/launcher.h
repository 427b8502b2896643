/*
 * launcher: the process that starts a successor, and is its parent until charge passes.
 *
 * A service manager supervises its own children alone, so the successor must not stay a child of
 * the master that it replaces. When its launcher ends, it becomes a child of the nearest subreaper
 * (prctl(2)): of systemd, where that runs the service. Until then the launcher waits for it and
 * ends as it ends, so that waitpid(2) reports the successor's status to the master.
 */
#ifndef PREFORKD_SERVER_UPGRADE_LAUNCHER_H
#define PREFORKD_SERVER_UPGRADE_LAUNCHER_H

#include <sys/types.h>

/* Make a process a successor; it never returns. */
typedef void launcher_become(const void *context);

/* Start a launcher, and have it start a process that calls BECOME with CONTEXT. Blocks until both
 * are there, as vfork(2) does, 2 s at most. Returns the pid of the latter, with *LAUNCHER; or -1
 * with errno, *LAUNCHER is 0, and both have been killed: the launcher is reaped here or by
 * waitpid(-1). */
pid_t launcher_start(pid_t *launcher, launcher_become *become, const void *context);

/* End LAUNCHER, and reap it if it ends within 0.1 s, else leave that to waitpid(-1): its successor
 * is another's child from now on. */
void launcher_end(pid_t launcher);

#endif
