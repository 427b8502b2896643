/*
 * launch: start a program: beside this process, with a connection as its standard input and output,
 * or in place of it, with a listener.
 */
#ifndef PREFORKD_SERVER_PROGRAM_LAUNCH_H
#define PREFORKD_SERVER_PROGRAM_LAUNCH_H

#include <sys/types.h>

struct pool_config;

/* What a program is started with. */
struct launch {
    char *const *words; /* the program's absolute path, then its arguments */
    char *const *environment;
    const char *directory;
    const struct pool_config *limits;  /* the pool whose limits it has (limits.h) */
    int input_fd, output_fd, error_fd; /* become descriptors 0, 1 and 2 */
    int listener_fd;                   /* becomes descriptor 3; -1: there is none */
    int kept_fd;      /* close-on-exec, stays open until the program runs; -1: none does */
    int death_signal; /* that the kernel sends it when this process's PARENT dies */
    pid_t parent;
};

/* Prepare this process to launch programs. Returns 0, or -1 with errno. */
int launch_begin(void);

/* Start LAUNCH in a process group of its own. All signals must be blocked: the program has none
 * blocked, and each with its default action. The kernel kills it when this process dies. Returns
 * its pid, and a close-on-exec *PID_FD (pidfd_open(2)) where PID_FD is not NULL; or -1 with errno,
 * and *WHAT is what failed. There is no process then. */
pid_t launch_program(const struct launch *launch, int *pid_fd, const char **what);

/* Make this process, which was forked for it, the program of LAUNCH: in a process group of its own,
 * with no signal blocked and each at its default action. Returns only where that fails: -1 with
 * errno, and *WHAT is what failed. */
int launch_become(const struct launch *launch, const char **what);

#endif
