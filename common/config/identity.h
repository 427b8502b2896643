/*
 * identity: users and groups by their names. Private to common/config: a look-up may take seconds,
 * and a master has a child read its configuration (server/master/config_reader.h).
 */
#ifndef PREFORKD_COMMON_CONFIG_IDENTITY_H
#define PREFORKD_COMMON_CONFIG_IDENTITY_H

#include <stdint.h>

/* Return the number of the user or the group called NAME, or -1 with *REASON. */
int64_t config_find_user(const char *name, const char **reason);
int64_t config_find_group(const char *name, const char **reason);

#endif
