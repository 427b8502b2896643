/*
 * warm: the service that gives each connection to a program which was started ahead of it.
 */
#ifndef PREFORKD_SERVER_SERVICE_PROGRAM_WARM_H
#define PREFORKD_SERVER_SERVICE_PROGRAM_WARM_H

#include "server/service/service.h"

extern const struct service service_program_warm;

#endif
