/*
 * lock_file: PATH.lock beside a unix socket's PATH, by which the path belongs to one master.
 *
 * The lock is flock(2)'s, so it belongs to the open file description: a copy of the descriptor
 * (dup(2), or handed to a successor) holds the same lock, and it ends with the last copy, at the
 * latest with the process.
 */
#ifndef PREFORKD_SERVER_NET_LOCK_FILE_H
#define PREFORKD_SERVER_NET_LOCK_FILE_H

#include "common/failure.h"

/* Lock PATH. FD is then the descriptor that holds the lock, close-on-exec; -1 after a failure,
 * whose status is STATUS_UNAVAILABLE if another process holds it. */
MAY_FAIL lock_file_take(const char *path, int *fd, struct failure *failure);

/* Close FD, which holds the lock of PATH. Remove the lock file too, unless a copy of FD holds the
 * lock on, or another master has locked PATH meanwhile. */
void lock_file_release(int fd, const char *path);

#endif
