/*
 * trust: keys that do not go with every socket: proxy_protocol, by which a pool takes the addresses
 * of its clients from a proxy, max_per_source and max_rate_per_source. Private to common/config.
 */
#ifndef PREFORKD_COMMON_CONFIG_TRUST_H
#define PREFORKD_COMMON_CONFIG_TRUST_H

#include "common/config/config.h"
#include "common/config/errors.h"

/* Refuse proxy_protocol for datagrams, and without the proxies; and the limits of a source where
 * nothing can be counted. */
void config_trust_check(struct config *config, struct config_errors *errors);

#endif
