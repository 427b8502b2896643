/*
 * socket_file: the file of a unix listener, and the lock that says whose it is.
 *
 * A path belongs to the one master that holds its lock (lock_file.h). Only this master removes a
 * stale socket there.
 */
#ifndef PREFORKD_SERVER_NET_SOCKET_FILE_H
#define PREFORKD_SERVER_NET_SOCKET_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/config/config.h"
#include "common/failure.h"

struct socket_file {
    int lock_fd;  /* -1: not held */
    bool linked;  /* the file was bound by this master or a predecessor, and not removed since */
    dev_t device; /* together with the inode: which file was bound */
    ino_t inode;
};

/* Lock PATH, unless FILE holds its lock already, and remove a socket there that no process serves.
 * A failure leaves it unlocked; its status is STATUS_UNAVAILABLE where another process has the
 * path. */
MAY_FAIL socket_file_claim(struct socket_file *file, const char *path, struct failure *failure);

/* Bind a socket to ENDPOINT, whose path FILE has claimed; its file gets the mode and owner of
 * CONFIG. FD is then the socket; -1 after a failure, which leaves no file. */
MAY_FAIL socket_file_bind(struct socket_file *file, struct endpoint *endpoint,
                          const struct pool_config *config, int *fd, struct failure *failure);

/* Find whether the file at PATH can get the owner and group of CONFIG. */
MAY_FAIL socket_file_check(const char *path, const struct pool_config *config,
                           struct failure *failure);

/* Return whether the file at PATH is the one that was bound. */
bool socket_file_is_there(const struct socket_file *file, const char *path);

/* Set mode and owner of the file to what CONFIG has now. Failures are logged. */
void socket_file_adjust(const struct socket_file *file, const char *path,
                        const struct pool_config *config);

/* Remove the file at PATH, if it is the one that was bound. */
void socket_file_remove(struct socket_file *file, const char *path);

/* Release the lock of PATH, if FILE holds it, as lock_file_release() does. */
void socket_file_release(struct socket_file *file, const char *path);

#endif
