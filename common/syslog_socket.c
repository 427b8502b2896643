/*
 * syslog_socket: see syslog_socket.h.
 */
#include "common/syslog_socket.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int connect_to_syslogd(int fd)
{
    static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};

    return connect(fd, (const struct sockaddr *)&address, sizeof(address));
}

int syslog_socket_open(void)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int cause;

    if (fd < 0 || connect_to_syslogd(fd) == 0)
        return fd;
    cause = errno;
    close(fd);
    errno = cause;
    return -1;
}

int syslog_socket_send(int fd, const char *bytes, size_t length)
{
    if (send(fd, bytes, length, MSG_NOSIGNAL) >= 0)
        return 0;
    if (errno == EAGAIN || connect_to_syslogd(fd) < 0)
        return -1;
    return send(fd, bytes, length, MSG_NOSIGNAL) < 0 ? -1 : 0;
}
