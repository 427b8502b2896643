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

/* Start a launcher, and have it start a process that calls BECOME with CONTEXT. By CHANNEL_FD, the
 * successor's end of the channel (takeover.h), it sends the pid of that process, which waits to be
 * let go on, or why there is none. Waits for neither. Returns the launcher's pid, or -1 with
 * errno. */
pid_t launcher_start(int channel_fd, launcher_become *become, const void *context);

/* Kill LAUNCHER: when it has ended, its successor is another's child. Returns 0, or -1 with
 * errno. */
int launcher_end(pid_t launcher);

#endif
