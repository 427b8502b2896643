/*
 * resolve: from the settings of a file to the values of the master and of each pool: a pool's own
 * value, else the master's, else the default. Every value is checked. Private to config.c.
 */
#ifndef PREFORKD_COMMON_CONFIG_RESOLVE_H
#define PREFORKD_COMMON_CONFIG_RESOLVE_H

#include "common/config/config.h"
#include "common/config/errors.h"

/* Fill CONFIG, whose scopes the parser has filled, after the overrides of SOURCE. A file without
 * sections gets the pool `main`. What is wrong is added to ERRORS. */
void config_resolve(struct config *config, const struct config_source *source,
                    struct config_errors *errors);

#endif
