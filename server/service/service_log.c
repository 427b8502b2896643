/*
 * service_log: see service_log.h.
 */
#include "server/service/service_log.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/log.h"

/* In .data, of which a worker has a page of its own already: see server/worker/signals.c. */
__attribute__((section(".data"))) static const char *pool_name;

void service_log_begin(const char *pool)
{
    pool_name = pool;
}

void service_log(enum preforkd_level level, const char *format, ...)
{
    static const enum log_level levels[] = {[PREFORKD_ERROR] = LOG_ERROR,
                                            [PREFORKD_WARNING] = LOG_WARNING,
                                            [PREFORKD_NOTICE] = LOG_NOTICE,
                                            [PREFORKD_INFO] = LOG_INFO,
                                            [PREFORKD_DEBUG] = LOG_DEBUG};
    char text[PIPE_BUF];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    log_line((unsigned int)level <= PREFORKD_DEBUG ? levels[level] : LOG_NOTICE, "pool %s: %s",
             pool_name, text);
}
