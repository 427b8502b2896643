/*
 * notify_recorder PATH: a service manager's notify socket at PATH (`@name` is abstract). Prints
 * each datagram as a line, with `|` for its newlines. Ends with the test that started it, or by a
 * signal.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/endpoint.h"
#include "common/log.h"
#include "common/status.h"

int main(int argc, char **argv)
{
    struct endpoint endpoint;
    char message[4096];
    const char *reason;
    ssize_t got;
    int fd;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    log_init("notify_recorder");
    if (argc != 2)
        diex(STATUS_USAGE, "notify_recorder PATH");
    reason = endpoint_set_path(&endpoint, argv[1], SOCK_DGRAM);
    if (reason != NULL)
        diex(STATUS_USAGE, "%s %s", argv[1], reason);
    fd = endpoint_bind(&endpoint);
    if (fd < 0)
        die(STATUS_UNAVAILABLE, "bind %s", argv[1]);
    while ((got = recv(fd, message, sizeof(message) - 1, 0)) >= 0) {
        for (ssize_t i = 0; i < got; i++) {
            if (message[i] == '\n')
                message[i] = '|';
        }
        printf("%.*s\n", (int)got, message);
        fflush(stdout);
    }
    die(STATUS_SYSTEM, "recv");
}
