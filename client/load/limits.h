/*
 * limits: what of this machine would get in the way of a load, seen before it starts.
 */
#ifndef PREFORKD_CLIENT_LOAD_LIMITS_H
#define PREFORKD_CLIENT_LOAD_LIMITS_H

#include "client/load/plan.h"

/* Raise the soft descriptor limit as far as PLAN needs. STATUS_OK, or STATUS_SYSTEM where the hard
 * limit is too low, and why is logged. What may get in the way is said and no reason to refuse:
 * fewer local ports than connections, or (POOL, where it is known) a shorter accept queue. */
enum status load_limits_check(const struct load_plan *plan, const struct pool_config *pool);

#endif
