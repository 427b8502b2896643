/*
 * trust: the keys proxy_protocol and proxy_from: whether a pool takes the addresses of its clients
 * from a proxy, and from which. Private to common/config.
 */
#ifndef PREFORKD_COMMON_CONFIG_TRUST_H
#define PREFORKD_COMMON_CONFIG_TRUST_H

#include <stdbool.h>

#include "common/config/config.h"
#include "common/config/errors.h"
#include "common/config/keys.h"

/* Set *WORDS to TEXT, a value of KEY, to be freed. Returns NULL; or a message, to be freed, where
 * TEXT is no list of sources. */
char *config_trust_make(const struct config_key *key, const char *text, char **words);

/* Refuse pools whose proxies cannot be known. With LOOK_UP, replace the names of users and groups
 * by their numbers, which is what a worker compares. */
void config_trust_resolve(struct config *config, bool look_up, struct config_errors *errors);

#endif
