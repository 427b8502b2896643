/*
 * paths: values of keys that name a file or a socket. Private to common/config.
 */
#ifndef PREFORKD_COMMON_CONFIG_PATHS_H
#define PREFORKD_COMMON_CONFIG_PATHS_H

#include "common/config/keys.h"

/* Set *PATH to TEXT, a value of KEY, to be freed; a relative path is made absolute from the working
 * directory, a socket's abstract name is not. Returns NULL; or a message, to be freed, where TEXT
 * is surely not meant as a path, or cannot be made absolute. */
char *config_path_make(const struct config_key *key, const char *text, char **path);

#endif
