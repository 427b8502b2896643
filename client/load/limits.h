/*
 * limits: checks before a run whether this machine and the pool have room for its connections.
 */
#ifndef PREFORKD_CLIENT_LOAD_LIMITS_H
#define PREFORKD_CLIENT_LOAD_LIMITS_H

#include "client/load/plan.h"

/* Raise the soft limit of descriptors to what PLAN needs, and warn if there are fewer local ports
 * than connections, or fewer workers and places in the accept queue of POOL, unless it is NULL.
 * Returns STATUS_OK, or STATUS_SYSTEM with the reason logged if the hard limit is too low. */
enum status load_limits_check(const struct load_plan *plan, const struct pool_config *pool);

#endif
