/*
 * log_file: the file of the log, in a directory that other users may be able to write.
 */
#ifndef PREFORKD_SERVER_LOG_LOG_FILE_H
#define PREFORKD_SERVER_LOG_LOG_FILE_H

#include <stdbool.h>

#include "common/failure.h"

/* Open PATH to append to it; it is created where there is none. A link is followed unless another
 * user can have made it. FD is then its non-blocking descriptor; -1 after a failure. */
MAY_FAIL log_file_open(const char *path, int *fd, struct failure *failure);

/* Returns whether the last line of the file that FD has open was written in part, by a full disk. A
 * file that this process may not read counts as whole. */
bool log_file_is_torn(int fd);

#endif
