/*
 * parse: the text of a configuration -> what it sets, and where. Private to config.c.
 * Nothing here knows what a value means.
 */
#ifndef PREFORKD_COMMON_CONFIG_PARSE_H
#define PREFORKD_COMMON_CONFIG_PARSE_H

#include <stddef.h>

#include "common/config/errors.h"
#include "common/config/scope.h"

/* Read TEXT of SIZE bytes, known as FILE, into SCOPES. */
void config_file_parse(const char *file, const char *text, size_t size,
                       struct config_scopes *scopes, struct config_errors *errors);

/* Read the one override TEXT, the NUMBER-th of its kind, over what SCOPES hold. */
void config_override_parse(const char *text, int number, struct config_scopes *scopes,
                           struct config_errors *errors);

#endif
