/*
 * reply: the text that goes back over the control socket, a piece at a time.
 */
#ifndef PREFORKD_SERVER_CONTROL_REPLY_H
#define PREFORKD_SERVER_CONTROL_REPLY_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum { PIECE_SIZE = 16384 };

struct reply {
    size_t length;
    bool is_cut; /* a line has been left out */
    char piece[PIECE_SIZE];
};

/* Add a line to the piece. A line for which there is no room is left out. */
__attribute__((format(printf, 2, 3))) void reply_print(struct reply *reply, const char *format,
                                                       ...);

/* Make the piece the line `error STATUS REASON` alone. */
__attribute__((format(printf, 3, 0))) void reply_refuse(struct reply *reply, int status,
                                                        const char *format, va_list arguments);

#endif
