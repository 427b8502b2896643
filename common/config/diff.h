/*
 * diff: what one configuration says otherwise than another.
 */
#ifndef PREFORKD_COMMON_CONFIG_DIFF_H
#define PREFORKD_COMMON_CONFIG_DIFF_H

#include <stdio.h>

#include "common/config/config.h"

/* Print each key of the master's that is another in NEW than in OLD: `KEY: OLD -> NEW`, a line each. */
void config_diff_master(const struct config *old, const struct config *new, FILE *out);

/* The same for a pool: `pool NAME: KEY: OLD -> NEW`. */
void config_diff_pool(const struct pool_config *old, const struct pool_config *new, FILE *out);

#endif
