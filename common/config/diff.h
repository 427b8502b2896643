/*
 * diff: the differences between two configurations.
 */
#ifndef PREFORKD_COMMON_CONFIG_DIFF_H
#define PREFORKD_COMMON_CONFIG_DIFF_H

#include <stdio.h>

#include "common/config/config.h"

/* Print each key of the master whose value differs, as a line `KEY: OLD -> NEW`. Returns
 * whether there is one. */
bool config_diff_master(const struct config *old, const struct config *new, FILE *out);

/* Print each key of a pool whose value differs, as a line `pool NAME: KEY: OLD -> NEW`.
 * Returns whether there is one. */
bool config_diff_pool(const struct pool_config *old, const struct pool_config *new, FILE *out);

#endif
