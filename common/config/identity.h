/*
 * identity: the keys that say with whose rights a pool runs. Private to common/config.
 */
#ifndef PREFORKD_COMMON_CONFIG_IDENTITY_H
#define PREFORKD_COMMON_CONFIG_IDENTITY_H

#include <stdbool.h>

#include "common/config/config.h"
#include "common/config/errors.h"

/* Check user, group and chroot of all pools. With LOOK_UP, find the numbers of users and groups,
 * and what they are by default: in a process of root, the user of byte services. */
void config_identity_resolve(struct config *config, bool look_up, struct config_errors *errors);

#endif
