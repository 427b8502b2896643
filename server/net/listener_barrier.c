/*
 * listener_barrier: see listener_barrier.h.
 */
#include "server/net/listener_barrier.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "server/net/socket_file.h"

/* Options that bar clients where they are not 0, unless a service manager has set them. */
static const struct barrier {
    const char *name;
    int level, option;
} barriers[] = {
    {"SO_BINDTODEVICE", SOL_SOCKET, SO_BINDTOIFINDEX},
    {"IP_MINTTL", IPPROTO_IP, IP_MINTTL},
    {"IPV6_MINHOPCOUNT", IPPROTO_IPV6, IPV6_MINHOPCOUNT},
};

enum { BARRIERS = sizeof(barriers) / sizeof(barriers[0]) };

/* Return whether FD has a filter. Without room for it the kernel says how long one is; of eBPF,
 * which it cannot show, it says EACCES. */
static bool has_filter(int fd)
{
    char none[1];
    socklen_t length = 0;

    if (getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, none, &length) < 0)
        return errno == EACCES;
    return length > 0;
}

static bool is_set(int fd, const struct barrier *barrier)
{
    int value = 0;
    socklen_t size = sizeof(value);

    return getsockopt(fd, barrier->level, barrier->option, &value, &size) == 0 && value != 0;
}

static bool is_judged(const struct listener *listener)
{
    return !endpoint_is_unix(&listener->endpoint) && !listener->handed_in;
}

/* The kernel asks no filter for a client of a unix stream. */
const char *listener_barrier(const struct listener *listener)
{
    bool is_unix = endpoint_is_unix(&listener->endpoint);

    if (listener->fd < 0 || (is_unix && listener->endpoint.type == SOCK_STREAM))
        return NULL;
    if (has_filter(listener->fd))
        return "SO_ATTACH_FILTER";
    for (size_t i = 0; i < BARRIERS && is_judged(listener); i++) {
        if (is_set(listener->fd, &barriers[i]))
            return barriers[i].name;
    }
    return NULL;
}

/* Return whether another process has removed LISTENER's socket file. */
static bool has_lost_file(const struct listener *listener)
{
    const char *path = endpoint_path(&listener->endpoint);

    return path != NULL && !listener->handed_in && listener->fd >= 0 &&
           !socket_file_is_there(&listener->file, path);
}

void listener_examine(struct listener *listener)
{
    if (listener->is_down)
        return;
    listener->barrier = listener_barrier(listener);
    listener->is_down = listener->barrier != NULL || has_lost_file(listener);
}

void listener_remove_barriers(const struct listener *listener)
{
    static const int none;

    setsockopt(listener->fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof(none));
    for (size_t i = 0; i < BARRIERS && is_judged(listener); i++)
        setsockopt(listener->fd, barriers[i].level, barriers[i].option, &none, sizeof(none));
}
