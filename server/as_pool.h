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

/* Return what CHECK finds; where that is NULL nothing is checked but that the rights can be had,
 * that this process can signal one that has them, and that the module of POOL, if it has one, can
 * be loaded and started. Where the rights are not its own, or POOL has a module, a child is asked
 * that has all of these, and TEXT names its user, and the root directory in which it was. A module
 * gets 5 s. *LETS_CLIENT_SPEAK, if that is not NULL, becomes whether the module says that its
 * client sends the first byte. */
const char *as_pool(const struct pool_config *pool, as_pool_check *check, const char **key,
                    char text[PROGRAM_CHECK_SIZE], bool *lets_client_speak);

/* Return whether as_pool() finds the same for OTHER as it did for ONE, their programs aside. */
bool as_pool_finds_same(const struct pool_config *one, const struct pool_config *other);

#endif
