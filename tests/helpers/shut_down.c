/*
 * shut_down: shut the listener of a process down, as a worker gone wrong may; or have the kernel
 * drop what comes for it, by a filter that is locked.
 *
 *   shut_down PID [filter]
 *
 * Exit status 0: done; 1: it has no listener; 75: this process may not take its descriptors
 * (pidfd_getfd(2)), or may not attach a filter.
 */
#include <errno.h>
#include <linux/filter.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/endpoint.h"
#include "common/log.h"

enum { FIRST_FD = 3, LAST_FD = 256, STATUS_NONE = 1, STATUS_NOT_ALLOWED = 75 };

/* Whether FD is a socket with an address of its own and without a peer. */
static bool is_listener(int fd)
{
    struct endpoint endpoint;
    union endpoint_address peer;
    socklen_t length = sizeof(peer);

    return endpoint_of_socket(&endpoint, fd) == 0 && getpeername(fd, &peer.any, &length) < 0;
}

static bool attach_filter(int fd)
{
    static struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, 0);
    static const struct sock_fprog drop_all = {1, &all};
    static const int locked = 1;

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &drop_all, sizeof(drop_all)) == 0 &&
           setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &locked, sizeof(locked)) == 0;
}

/* A datagram socket is shut down although it is said to be not connected. */
static bool shut_down(int fd)
{
    return shutdown(fd, SHUT_RDWR) == 0 || errno == ENOTCONN;
}

int main(int argc, char **argv)
{
    int process = argc >= 2 ? (int)syscall(SYS_pidfd_open, atoi(argv[1]), 0) : -1;
    bool done = false;

    log_init("shut_down");
    if (process < 0)
        die(64, "PID");
    for (int number = FIRST_FD; number < LAST_FD; number++) {
        int fd = (int)syscall(SYS_pidfd_getfd, process, number, 0);

        if (fd < 0 && errno == EPERM)
            return STATUS_NOT_ALLOWED;
        if (fd < 0)
            continue;
        if (is_listener(fd)) {
            done = argc == 3 ? attach_filter(fd) : shut_down(fd);
            if (!done)
                return STATUS_NOT_ALLOWED;
        }
        close(fd);
    }
    return done ? 0 : STATUS_NONE;
}
