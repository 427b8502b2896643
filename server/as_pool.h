/*
 * as_pool: what a process with the rights of a pool finds on this host.
 */
#ifndef PREFORKD_SERVER_AS_POOL_H
#define PREFORKD_SERVER_AS_POOL_H

#include "common/config/config.h"
#include "server/program/check.h"

/* As program_check(). */
typedef const char *as_pool_check(const struct pool_config *pool, const char **key,
                                  char text[PROGRAM_CHECK_SIZE]);

/* Return what CHECK finds, NULL: nothing is checked but that the rights can be had, and that this
 * process can signal one that has them. Where they are not its own, a child is asked that has them,
 * and TEXT names its user and root directory. */
const char *as_pool(const struct pool_config *pool, as_pool_check *check, const char **key,
                    char text[PROGRAM_CHECK_SIZE]);

#endif
