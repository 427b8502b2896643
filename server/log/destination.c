/*
 * destination: see destination.h.
 */
#include "server/log/destination.h"

#include <string.h>
#include <unistd.h>

#include "server/log/log_file.h"

int log_destination_open(const char *name, struct failure *failure)
{
    if (name == NULL)
        return STDERR_FILENO;
    if (strcmp(name, "stdout") == 0)
        return STDOUT_FILENO;
    return log_file_open(log_destination_is_file(name) ? name : "/dev/null", failure);
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
