/*
 * resident: what a configuration means, and cannot ask for, where a program accepts its connections
 * by itself. Private to common/config.
 */
#ifndef PREFORKD_COMMON_CONFIG_RESIDENT_H
#define PREFORKD_COMMON_CONFIG_RESIDENT_H

#include "common/config/config.h"
#include "common/config/errors.h"

/* Set what depends on how the program of POOL is started. */
void config_resident_resolve(struct pool_config *pool);

/* Refuse what cannot be had with the program of the pool at INDEX, if that is a resident one. */
void config_resident_check(struct config *config, size_t index, struct config_errors *errors);

#endif
