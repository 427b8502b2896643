/*
 * socket_file: the file of a unix listener, and the lock that says whose it is.
 *
 * A path belongs to the one master that holds its lock (lock_file.h). Only this master removes a stale socket there.
 */
#ifndef PREFORKD_SERVER_NET_SOCKET_FILE_H
#define PREFORKD_SERVER_NET_SOCKET_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/config/config.h"
#include "common/failure.h"

struct socket_file {
    int lock_fd; /* -1: not held */
    bool linked; /* we made the file and have not removed it */
    dev_t device;
    ino_t inode; /* to know it again */
};

/* Take the lock of PATH, unless FILE has it, and remove a socket there that nobody serves. 0, or -1 with FAILURE, whose
 * status is STATUS_UNAVAILABLE where somebody has the path. */
int socket_file_claim(struct socket_file *file, const char *path, struct failure *failure);

/* A socket bound to ENDPOINT, a claimed path, with the mode and owner of CONFIG; -1 with FAILURE. */
int socket_file_bind(struct socket_file *file, struct endpoint *endpoint,
                     const struct pool_config *config, struct failure *failure);

/* Whether the file at PATH is the one that was bound. */
bool socket_file_is_there(const struct socket_file *file, const char *path);

/* Give it mode and owner as CONFIG has them now; what fails is logged. */
void socket_file_adjust(const struct socket_file *file, const char *path,
                        const struct pool_config *config);

/* Remove the file at PATH, if it is still the one that was bound. */
void socket_file_remove(struct socket_file *file, const char *path);

/* Give up the lock of PATH, if FILE holds it, as lock_file_release() does. */
void socket_file_release(struct socket_file *file, const char *path);

#endif
