/*
 * program: see program.h.
 */
#include "client/shared/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "common/log.h"
#include "common/status.h"

void program_start(const char *name)
{
    log_init(name);
    signal(SIGPIPE, SIG_IGN);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDONLY) < 0)
            die(STATUS_SYSTEM, "cannot open /dev/null");
    }
}

/* Returns whether nothing reads standard output any more: poll(2) reports that of a pipe or a
 * socket, whichever write failed. */
static bool is_unread(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO};

    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

int program_end(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    if (is_unread()) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    warn("cannot write to standard output");
    return STATUS_SYSTEM;
}

int program_refuse_usage(const char *name)
{
    warnx("try '%s -h'", name);
    return STATUS_USAGE;
}
