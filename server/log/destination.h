/*
 * destination: what the log is written to, by the value of the key `log`: standard error (NULL),
 * `stdout`, `syslog`, `none`, or the path of a file.
 */
#ifndef PREFORKD_SERVER_LOG_DESTINATION_H
#define PREFORKD_SERVER_LOG_DESTINATION_H

#include <stdbool.h>

#include "common/failure.h"
#include "common/log_style.h"

/* Open NAME. FD is then its descriptor, which is that of standard error or standard output itself
 * where NAME is one of these; -1 after a failure. */
MAY_FAIL log_destination_open(const char *name, int *fd, struct failure *failure);

/* Close FD, which log_destination_open() returned. Standard descriptors stay open: their numbers
 * must never become another file's. */
void log_destination_close(int fd);

/* Returns what lines begin with that are written to NAME, which is open as FD. */
enum log_style log_destination_style(const char *name, int fd);

/* Returns whether NAME is a file, which can be renamed away and has a directory. */
bool log_destination_is_file(const char *name);

#endif
