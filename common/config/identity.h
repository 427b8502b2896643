/*
 * identity: users and groups by their names, and the keys that say with whose rights a pool runs.
 * Private to common/config: a look-up may take seconds, and a master has a child read its
 * configuration (server/master/config_reader.h).
 */
#ifndef PREFORKD_COMMON_CONFIG_IDENTITY_H
#define PREFORKD_COMMON_CONFIG_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config/config.h"
#include "common/config/errors.h"

/* Return the number of the user or the group called NAME, or -1 with *REASON. */
int64_t config_find_user(const char *name, const char **reason);
int64_t config_find_group(const char *name, const char **reason);

/* Check user, group and chroot of all pools. With LOOK_UP, find the numbers of users and groups,
 * and what they are by default: in a process of root, the user of byte services. */
void config_identity_resolve(struct config *config, bool look_up, struct config_errors *errors);

#endif
