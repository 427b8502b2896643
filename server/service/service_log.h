/*
 * service_log: the lines of the log that a service in C writes.
 */
#ifndef PREFORKD_SERVER_SERVICE_SERVICE_LOG_H
#define PREFORKD_SERVER_SERVICE_SERVICE_LOG_H

#include "server/service/service.h"

/* Have the lines of a service name POOL. */
void service_log_begin(const char *pool);

/* As struct preforkd_operations has it. */
__attribute__((format(printf, 2, 3))) void service_log(enum preforkd_level level,
                                                       const char *format, ...);

#endif
