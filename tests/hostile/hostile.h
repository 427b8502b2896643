/*
 * hostile: the services of the test binary preforkd_hostile, in place of those of service.c:
 * increment, one whose workers attack the master and the rest of their pool, and one whose workers
 * try what a sandbox is to refuse.
 */
#ifndef PREFORKD_TESTS_HOSTILE_HOSTILE_H
#define PREFORKD_TESTS_HOSTILE_HOSTILE_H

#include "server/service/service.h"

extern const struct preforkd_service service_increment, service_hostile, service_attempts;

#endif
