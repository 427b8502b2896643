/*
 * error_lines: see error_lines.h.
 */
#include "server/program/error_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

/* Empty a full pipe, even if a process goes on writing. */
enum { PIPE_READS = 32 };

int error_lines_open(struct error_lines *lines, const char *pool)
{
    int fds[2];

    lines->pool = pool;
    lines->read_fd = lines->write_fd = -1;
    lines->allowance = UINT_MAX;
    lines->dropped = 0;
    lines->length = 0;
    lines->skips = false;
    if (pipe2(fds, O_CLOEXEC) < 0)
        return -1;
    lines->read_fd = fds[0];
    lines->write_fd = fds[1];
    if (fcntl(lines->read_fd, F_SETFL, O_NONBLOCK) == 0)
        return 0;
    error_lines_close(lines);
    return -1;
}

/* Returns whether one more line may be logged. */
static bool spend(struct error_lines *lines)
{
    if (lines->allowance == 0) {
        lines->dropped++;
        return false;
    }
    lines->allowance -= lines->allowance != UINT_MAX;
    return true;
}

/* Log LINE, with `?` in place of NUL, at which it would end. */
static void log_one(struct error_lines *lines, pid_t pid, char *line, size_t length,
                    const char *end)
{
    if (!spend(lines))
        return;
    for (char *nul = line; (nul = memchr(nul, '\0', (size_t)(line + length - nul))) != NULL;)
        *nul = '?';

    log_line(LOG_NOTICE, "program %d (pool %s): %.*s%s", (int)pid, lines->pool, (int)length, line,
             end);
}

/* Log each whole line of the buffer, and keep the rest. A line that fills the buffer is logged cut,
 * and skipped from there. */
static void log_lines_of(struct error_lines *lines, pid_t pid)
{
    char *begin = lines->line, *end;

    while ((end = memchr(begin, '\n', lines->length - (size_t)(begin - lines->line))) != NULL) {
        if (!lines->skips)
            log_one(lines, pid, begin, (size_t)(end - begin), "");
        lines->skips = false;
        begin = end + 1;
    }
    lines->length -= (size_t)(begin - lines->line);
    memmove(lines->line, begin, lines->length);
    if (lines->length < sizeof(lines->line))
        return;
    if (!lines->skips)
        log_one(lines, pid, lines->line, lines->length,
                " ... (the line is longer, and was cut here)");
    lines->skips = true;
    lines->length = 0;
}

/* Read once, into the rest of the buffer. Returns what read(2) does. */
static ssize_t read_some(struct error_lines *lines)
{
    size_t length = lines->length < sizeof(lines->line) ? lines->length : 0;
    ssize_t got;

    do
        got = read(lines->read_fd, lines->line + length, sizeof(lines->line) - length);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        lines->length = length + (size_t)got;
    return got;
}

ssize_t error_lines_relay(struct error_lines *lines, pid_t pid)
{
    ssize_t got = read_some(lines);

    if (got > 0)
        log_lines_of(lines, pid);
    return got;
}

void error_lines_finish(struct error_lines *lines, pid_t pid)
{
    for (int reads = 0; reads < PIPE_READS && error_lines_relay(lines, pid) > 0; reads++)
        ;
    if (lines->length > 0 && !lines->skips)
        log_one(lines, pid, lines->line, lines->length, "");
    lines->length = 0;
    lines->skips = false;
}

void error_lines_close(struct error_lines *lines)
{
    if (lines->read_fd >= 0)
        close(lines->read_fd);
    if (lines->write_fd >= 0)
        close(lines->write_fd);
    lines->read_fd = lines->write_fd = -1;
}
