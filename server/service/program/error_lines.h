/*
 * error_lines: what programs write to standard error, a log line for each of their lines.
 *
 * A worker has one pipe for all of its programs, one after the other. It is no description that the
 * master or another worker has, so a program that sets O_NONBLOCK there harms no log. A process that
 * a program has left behind may go on writing: its lines are logged with the pid of the program
 * that runs then.
 */
#ifndef PREFORKD_SERVER_SERVICE_PROGRAM_ERROR_LINES_H
#define PREFORKD_SERVER_SERVICE_PROGRAM_ERROR_LINES_H

#include <sys/types.h>

/* Open the pipe, for programs of POOL. Returns 0, or -1 with errno. */
int error_lines_begin(const char *pool);

/* Return the programs' end of the pipe, and the end to be watched for POLLIN. */
int error_lines_write_fd(void);
int error_lines_read_fd(void);

/* Log what there is, as lines of the program PID. */
void error_lines_relay(pid_t pid);

/* Log the rest, when the program PID has ended: a last line may have no end. */
void error_lines_finish(pid_t pid);

#endif
