/*
 * chargen: characters without end, until the caller leaves (RFC 864): lines of 72 out of the ring of
 * the 95 that can be printed, each line one character further on.
 */
#include "server/service/service.h"

enum { RING = 95, FIRST = ' ', LINE_WIDTH = 72, LINE_SIZE = LINE_WIDTH + 2 };

/* All lines that there are, after which they come again. */
static char pattern[RING * LINE_SIZE];

static void draw_pattern(void)
{
    char *at = pattern;

    for (int line = 0; line < RING; line++) {
        for (int column = 0; column < LINE_WIDTH; column++)
            *at++ = (char)(FIRST + (line + column) % RING);
        *at++ = '\r';
        *at++ = '\n';
    }
}

static void chargen_stream(struct connection *connection)
{
    if (pattern[0] == '\0')
        draw_pattern();
    while (connection_send(connection, pattern, sizeof(pattern)) == 0)
        ;
}

const struct service service_chargen = {
    .name = "chargen",
    .stream = chargen_stream,
};
