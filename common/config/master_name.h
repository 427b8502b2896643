/*
 * master_name: the key name, by which metrics tell the masters of a host apart. Private to
 * common/config.
 */
#ifndef PREFORKD_COMMON_CONFIG_MASTER_NAME_H
#define PREFORKD_COMMON_CONFIG_MASTER_NAME_H

#include "common/config/config.h"
#include "common/config/errors.h"

/* Check the name of CONFIG. Where it is not set, it is that of FILE, the configuration, without its
 * folder and `.conf`; what is not allowed in a name becomes `_`. */
void config_master_name_resolve(struct config *config, const char *file,
                                struct config_errors *errors);

#endif
