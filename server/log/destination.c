/*
 * destination: see destination.h.
 */
#include "server/log/destination.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/syslog_socket.h"
#include "server/log/log_file.h"

static bool is_syslog(const char *name)
{
    return name != NULL && strcmp(name, "syslog") == 0;
}

MAY_FAIL log_destination_open(const char *name, int *fd, struct failure *failure)
{
    if (name == NULL)
        *fd = STDERR_FILENO;
    else if (strcmp(name, "stdout") == 0)
        *fd = STDOUT_FILENO;
    else if (is_syslog(name))
        *fd = syslog_socket_open();
    else
        return log_file_open(log_destination_is_file(name) ? name : "/dev/null", fd, failure);
    if (*fd >= 0)
        return NULL;
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

enum log_style log_destination_style(const char *name, int fd)
{
    if (is_syslog(name))
        return LOG_STYLE_SYSLOG;
    return log_destination_is_file(name) ? LOG_STYLE_TIMED : log_style_of(fd);
}
