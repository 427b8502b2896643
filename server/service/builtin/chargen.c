/*
 * chargen: send characters until the client closes the connection (RFC 864): lines of 72 printable
 * ones. Each line begins one character later in the ring of the 95 that there are.
 */
#include <preforkd/service.h>

enum { RING = 95, FIRST = ' ', LINE_WIDTH = 72, LINE_SIZE = LINE_WIDTH + 2 };

/* The 95 different lines. */
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

static void chargen_stream(struct preforkd_connection *connection,
                           const struct preforkd_operations *operations)
{
    if (pattern[0] == '\0')
        draw_pattern();
    while (operations->send(connection, pattern, sizeof(pattern)) == 0)
        ;
}

const struct preforkd_service service_chargen = {
    .abi = PREFORKD_ABI,
    .stream = chargen_stream,
};
