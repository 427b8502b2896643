/*
 * error_lines: what programs write to standard error, a log line for each of their lines.
 *
 * A pipe is for one program at a time: a worker has one for all of its programs, one after the
 * other, or two where one waits beside another, and the master one for each resident program. It
 * is no description that another process of preforkd has, so a program that sets O_NONBLOCK
 * there harms no log. A process that a program has left behind may go on writing: its lines are
 * logged with the pid of the program that runs then.
 */
#ifndef PREFORKD_SERVER_PROGRAM_ERROR_LINES_H
#define PREFORKD_SERVER_PROGRAM_ERROR_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { ERROR_LINE_SIZE = 2048 /* of a line that is logged; a record has room for it */ };

struct error_lines {
    const char *pool;
    int read_fd; /* to be watched for EPOLLIN or POLLIN, and not blocking */
    int write_fd;
    unsigned int allowance; /* how many lines may still be logged */
    uint64_t dropped;       /* how many were not, for that */
    size_t length;
    bool skips; /* up to the end of a line that was too long */
    char line[ERROR_LINE_SIZE];
};

/* Open the pipe LINES, for programs of POOL; the number of lines is not limited. Returns 0, or -1
 * with errno and nothing open. */
int error_lines_open(struct error_lines *lines, const char *pool);

/* Log some of what there is, as lines of the program PID. Returns what read(2) does. */
ssize_t error_lines_relay(struct error_lines *lines, pid_t pid);

/* Log the rest, when the program PID has ended: a last line may have no end. */
void error_lines_finish(struct error_lines *lines, pid_t pid);

/* Close the ends that are open. */
void error_lines_close(struct error_lines *lines);

#endif
