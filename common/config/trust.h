/*
 * trust: the key proxy_protocol: whether a pool takes the addresses of its clients from a proxy.
 * Private to common/config.
 */
#ifndef PREFORKD_COMMON_CONFIG_TRUST_H
#define PREFORKD_COMMON_CONFIG_TRUST_H

#include "common/config/config.h"
#include "common/config/errors.h"

/* Refuse pools of datagrams, and those that do not say which proxies they have. */
void config_trust_check(struct config *config, struct config_errors *errors);

#endif
