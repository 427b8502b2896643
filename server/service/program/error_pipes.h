/*
 * error_pipes: the standard error of the instances of a worker, one after the other. One that
 * leaves has another pipe than the one that waits or serves meanwhile: in one pipe, its lines
 * would get that one's pid.
 */
#ifndef PREFORKD_SERVER_SERVICE_PROGRAM_ERROR_PIPES_H
#define PREFORKD_SERVER_SERVICE_PROGRAM_ERROR_PIPES_H

#include <stdbool.h>
#include <sys/types.h>

struct error_lines;

/* Prepare the pipes of instances of POOL, two where one leaves BESIDE another, and have EPOLL_FD
 * watch them. Returns 0, or -1 with errno. */
int error_pipes_begin(const char *pool, bool beside, int epoll_fd);

/* Return a pipe for an instance that is started now: not TAKEN, which another one has. NULL: there
 * is no other one. */
struct error_lines *error_pipes_free(const struct error_lines *taken);

/* The instance PID has the pipe LINES. */
void error_pipes_assign(const struct error_lines *lines, pid_t pid);

/* Log some of what there is in each pipe, as lines of the last instance that had it. */
void error_pipes_relay(void);

#endif
