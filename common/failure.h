/*
 * failure: why an operation failed, returned upwards to the code that decides what follows.
 */
#ifndef PREFORKD_COMMON_FAILURE_H
#define PREFORKD_COMMON_FAILURE_H

#include <errno.h>

#include "common/status.h"

struct failure {
    enum status status; /* the exit status, if the program cannot go on */
    char message[512];
};

/* What a failure begins as (tests/check.sh): where a function fails without filling it, this is
 * said, rather than what the memory held before. */
#define FAILURE_UNSAID                                                                             \
    {                                                                                              \
        STATUS_SYSTEM, "it failed and did not say why, which is a mistake in preforkd"             \
    }

/* What a function that can fail returns: NULL, or what fail() alone makes. So none can fail without
 * its reason, nor be called without a look at the result: the compiler refuses that as well as
 * `return -1`. What else it returns goes to a parameter. */
#define MAY_FAIL __attribute__((warn_unused_result)) const struct failed *

/* Fill FAILURE. Returns that it failed, to be returned by the function that does. */
__attribute__((format(printf, 3, 4))) MAY_FAIL fail(struct failure *failure, enum status status,
                                                    const char *format, ...);

/* Return the exit status for ERROR, an errno of a system call that makes a name: an address or a
 * file. */
enum status failure_status(int error);

#endif
