/*
 * sources: the keys whose value is a list of sources (source.h): proxy_from, allow and deny, and
 * the master's control_readers. Blanks and commas separate them. Private to common/config.
 */
#ifndef PREFORKD_COMMON_CONFIG_SOURCES_H
#define PREFORKD_COMMON_CONFIG_SOURCES_H

#include <stdbool.h>

#include "common/config/config.h"
#include "common/config/errors.h"
#include "common/config/keys.h"

/* Set *WORDS to TEXT, a value of KEY, to be freed. Returns NULL; or a message, to be freed, where
 * TEXT is no list of sources. */
char *config_sources_make(const struct config_key *key, const char *text, char **words);

/* Refuse lists without a source that can connect to their pool. With LOOK_UP, replace the names of
 * users and groups by their numbers, which is what a worker compares. */
void config_sources_resolve(struct config *config, bool look_up, struct config_errors *errors);

#endif
