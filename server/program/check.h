/*
 * check: what can be known of a program before it is started for the first time.
 */
#ifndef PREFORKD_SERVER_PROGRAM_CHECK_H
#define PREFORKD_SERVER_PROGRAM_CHECK_H

#include "common/config/config.h"

enum { PROGRAM_CHECK_SIZE = 512 };

/* Write to TEXT why the program of POOL cannot be started, and set *KEY to the key that says so.
 * Returns TEXT; NULL where nothing is seen to be wrong. */
const char *program_check(const struct pool_config *pool, const char **key,
                          char text[PROGRAM_CHECK_SIZE]);

/* Write to TEXT why the program of POOL, in which program_check() sees nothing wrong, may be one
 * that cannot run. Returns TEXT, or NULL. */
const char *program_doubt(const struct pool_config *pool, char text[PROGRAM_CHECK_SIZE]);

#endif
