/*
 * counter: each client gets the number of clients that its worker has served, itself included, and
 * the connection ends. The state is in static variables: each worker has its own. A file that is
 * opened at the start can be read and written within the sandbox.
 */
#include <errno.h>
#include <fcntl.h>
#include <preforkd/service.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct preforkd_operations *preforkd; /* for stop() */
static unsigned long served;
static int file = -1; /* which COUNTER_FILE names: a line for each worker that has left */

static const char *counter_start(const struct preforkd_operations *operations, const char *pool)
{
    const char *path = getenv("COUNTER_FILE");

    preforkd = operations;
    operations->log(PREFORKD_DEBUG, "a worker of pool %s begins to count", pool);
    if (path == NULL)
        return NULL;
    file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    return file < 0 ? strerror(errno) : NULL;
}

static void counter_stream(struct preforkd_connection *connection,
                           const struct preforkd_operations *operations)
{
    char text[32];
    int length = snprintf(text, sizeof(text), "%lu\n", ++served);

    operations->conclude(connection, text, (size_t)length);
}

static void counter_stop(void)
{
    char text[32];
    int length = snprintf(text, sizeof(text), "%lu\n", served);

    if (file >= 0 && write(file, text, (size_t)length) != length)
        preforkd->log(PREFORKD_WARNING, "cannot write the count: %s", strerror(errno));
}

const struct preforkd_service preforkd_service = {
    .abi = PREFORKD_ABI,
    .start = counter_start,
    .stream = counter_stream,
    .stop = counter_stop,
};
