/*
 * reply: see reply.h.
 */
#include "server/control/reply.h"

#include <stdio.h>

__attribute__((format(printf, 2, 0))) static void print_list(struct reply *reply,
                                                             const char *format, va_list arguments)
{
    size_t room = sizeof(reply->piece) - reply->length;
    int length = vsnprintf(reply->piece + reply->length, room, format, arguments);

    if (length >= 0 && (size_t)length + 1 < room) {
        reply->length += (size_t)length;
        reply->piece[reply->length++] = '\n';
    } else {
        reply->is_cut = true;
    }
}

void reply_print(struct reply *reply, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_list(reply, format, arguments);
    va_end(arguments);
}

void reply_refuse(struct reply *reply, int status, const char *format, va_list arguments)
{
    reply->length = (size_t)snprintf(reply->piece, sizeof(reply->piece), "error %d ", status);
    print_list(reply, format, arguments);
}
