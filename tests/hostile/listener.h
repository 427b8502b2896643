/*
 * listener: whether a descriptor is a listener, as what attacks one has to know.
 */
#ifndef PREFORKD_TESTS_HOSTILE_LISTENER_H
#define PREFORKD_TESTS_HOSTILE_LISTENER_H

#include <stdbool.h>
#include <sys/socket.h>

static inline bool is_listener(int fd)
{
    int listens = 0, type = 0;
    socklen_t size = sizeof(listens);

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
        return false;
    return type == SOCK_DGRAM ||
           (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0);
}

#endif
