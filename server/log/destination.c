/*
 * destination: see destination.h.
 */
#include "server/log/destination.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { LOG_MODE = 0640 };

static int open_file(const char *path)
{
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, LOG_MODE);
}

int log_destination_open(const char *name, struct failure *failure)
{
    int fd;

    if (name == NULL)
        return STDERR_FILENO;
    if (strcmp(name, "stdout") == 0)
        return STDOUT_FILENO;
    fd = open_file(log_destination_is_file(name) ? name : "/dev/null");
    if (fd >= 0)
        return fd;
    return fail(failure, failure_status(errno), "cannot open the log %s: %s", name,
                strerror(errno));
}

void log_destination_close(int fd)
{
    if (fd > STDERR_FILENO)
        close(fd);
}

bool log_destination_is_file(const char *name)
{
    return name != NULL && name[0] == '/';
}
