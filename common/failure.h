/*
 * failure: why something could not be done, on its way up to whoever decides what follows.
 */
#ifndef PREFORKD_COMMON_FAILURE_H
#define PREFORKD_COMMON_FAILURE_H

#include <errno.h>

#include "common/status.h"

struct failure {
    enum status status; /* what the program should exit with if it cannot go on */
    char message[512];
};

/* Fill FAILURE; always -1, for the caller to return. */
__attribute__((format(printf, 3, 4))) int fail(struct failure *failure, enum status status,
                                               const char *format, ...);

/* The exit status for the ERROR of a system call that makes a name: an address or a file. */
enum status failure_status(int error);

#endif
