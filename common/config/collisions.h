/*
 * collisions: two things of a configuration that would be at one place: the addresses of its pools,
 * the control socket, the pid file, the log. Private to common/config.
 */
#ifndef PREFORKD_COMMON_CONFIG_COLLISIONS_H
#define PREFORKD_COMMON_CONFIG_COLLISIONS_H

#include "common/config/config.h"
#include "common/config/errors.h"

/* Add an error to ERRORS for each pair, at the later pool's section, or at the master's key. */
void config_check_collisions(const struct config *config, struct config_errors *errors);

#endif
