/*
 * shut_down: shut the listener of a process down, as a worker gone wrong may.
 *
 *   shut_down PID
 *
 * Exit status 0: done; 75: this process may not take its descriptors (pidfd_getfd(2)).
 */
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/endpoint.h"
#include "common/log.h"

enum { FIRST_FD = 3, LAST_FD = 256, STATUS_NOT_ALLOWED = 75 };

/* Whether FD is a socket with an address of its own and without a peer. */
static bool is_listener(int fd)
{
    struct endpoint endpoint;
    union endpoint_address peer;
    socklen_t length = sizeof(peer);

    return endpoint_of_socket(&endpoint, fd) == 0 && getpeername(fd, &peer.any, &length) < 0;
}

int main(int argc, char **argv)
{
    int process = argc == 2 ? (int)syscall(SYS_pidfd_open, atoi(argv[1]), 0) : -1;
    bool done = false;

    log_init("shut_down");
    if (process < 0)
        die(64, "PID");
    for (int number = FIRST_FD; number < LAST_FD; number++) {
        int fd = (int)syscall(SYS_pidfd_getfd, process, number, 0);

        if (fd < 0)
            continue;
        if (is_listener(fd)) {
            shutdown(fd, SHUT_RDWR);
            done = true;
        }
        close(fd);
    }
    return done ? 0 : STATUS_NOT_ALLOWED;
}
