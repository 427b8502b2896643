/*
 * preflight: what of a configuration cannot work on this host, found without opening anything.
 */
#ifndef PREFORKD_SERVER_PREFLIGHT_H
#define PREFORKD_SERVER_PREFLIGHT_H

#include "common/config/config.h"

/* Refuse what no start can do: a service without datagrams in a datagram pool. For struct
 * config_source. */
void preflight_check(struct config *config, struct config_errors *errors);

/* Refuse in addition what a start in this moment cannot do: a file in a directory that is missing.
 * Below /run, where directories come with the service, that is a warning on standard error. */
void preflight_test(struct config *config, struct config_errors *errors);

#endif
