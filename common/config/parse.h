/*
 * parse: split the text of a configuration into settings and their places. What a value means is
 * not known here. Private to common/config.
 */
#ifndef PREFORKD_COMMON_CONFIG_PARSE_H
#define PREFORKD_COMMON_CONFIG_PARSE_H

#include <stddef.h>

#include "common/config/errors.h"
#include "common/config/scope.h"

/* Add the settings in TEXT, the SIZE bytes of FILE, to SCOPES. */
void config_file_parse(const char *file, const char *text, size_t size,
                       struct config_scopes *scopes, struct config_errors *errors);

/* Set the override TEXT, the NUMBER-th `-o` from 1, over the settings of SCOPES. */
void config_override_parse(const char *text, int number, struct config_scopes *scopes,
                           struct config_errors *errors);

#endif
