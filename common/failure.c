/*
 * failure: see failure.h.
 */
#include "common/failure.h"

#include <stdarg.h>
#include <stdio.h>

const struct failed *fail(struct failure *failure, enum status status, const char *format, ...)
{
    va_list arguments;

    failure->status = status;
    va_start(arguments, format);
    vsnprintf(failure->message, sizeof(failure->message), format, arguments);
    va_end(arguments);
    return (const struct failed *)failure;
}

enum status failure_status(int error)
{
    switch (error) {
    case EADDRINUSE:
        return STATUS_UNAVAILABLE;
    case EACCES:
    case EPERM:
        return STATUS_NO_PERMISSION;
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case EEXIST:
    case ELOOP:
    case ENAMETOOLONG:
    case ENOSPC:
    case EROFS:
        return STATUS_CANNOT_CREATE;
    default:
        return STATUS_SYSTEM;
    }
}
