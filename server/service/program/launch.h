/*
 * launch: start a program, with a connection as its standard input and output.
 */
#ifndef PREFORKD_SERVER_SERVICE_PROGRAM_LAUNCH_H
#define PREFORKD_SERVER_SERVICE_PROGRAM_LAUNCH_H

#include <sys/types.h>

/* What a program is started with. */
struct launch {
    char *const *words; /* the program's absolute path, then its arguments */
    char *const *environment;
    const char *directory;
    int stream_fd; /* becomes descriptors 0 and 1 */
    int error_fd;  /* becomes descriptor 2 */
};

/* Prepare this process to launch programs. Returns 0, or -1 with errno. */
int launch_begin(void);

/* Start LAUNCH in a process group of its own. All signals must be blocked: the program has none
 * blocked, and each with its default action. The kernel kills it when this process dies. Returns
 * its pid, and a close-on-exec *PID_FD (pidfd_open(2)); or -1 with errno, and *WHAT is what failed.
 * There is no process then. */
pid_t launch_program(const struct launch *launch, int *pid_fd, const char **what);

#endif
