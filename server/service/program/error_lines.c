/*
 * error_lines: see error_lines.h.
 */
#include "server/service/program/error_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

enum {
    LINE_MAX_SIZE = 2048, /* of a line that is logged; a record has room for it */
    PIPE_READS = 32       /* empty a full pipe, even if a process goes on writing */
};

static struct {
    const char *pool;
    int read_fd, write_fd;
    size_t length;
    bool skips; /* up to the end of a line that was too long */
    char line[LINE_MAX_SIZE];
} self = {.read_fd = -1, .write_fd = -1};

int error_lines_begin(const char *pool)
{
    int fds[2];

    self.pool = pool;
    if (pipe2(fds, O_CLOEXEC) < 0)
        return -1;
    self.read_fd = fds[0];
    self.write_fd = fds[1];
    return fcntl(self.read_fd, F_SETFL, O_NONBLOCK);
}

int error_lines_write_fd(void)
{
    return self.write_fd;
}

int error_lines_read_fd(void)
{
    return self.read_fd;
}

/* Log LINE, with `?` in place of NUL, at which it would end. */
static void log_one(pid_t pid, char *line, size_t length, const char *end)
{
    for (char *nul = line; (nul = memchr(nul, '\0', (size_t)(line + length - nul))) != NULL;)
        *nul = '?';

    log_line(LOG_NOTICE, "program %d (pool %s): %.*s%s", (int)pid, self.pool, (int)length, line,
             end);
}

/* Log each whole line of the buffer, and keep the rest. A line that fills the buffer is logged cut,
 * and skipped from there. */
static void log_lines_of(pid_t pid)
{
    char *begin = self.line, *end;

    while ((end = memchr(begin, '\n', self.length - (size_t)(begin - self.line))) != NULL) {
        if (!self.skips)
            log_one(pid, begin, (size_t)(end - begin), "");
        self.skips = false;
        begin = end + 1;
    }
    self.length -= (size_t)(begin - self.line);
    memmove(self.line, begin, self.length);
    if (self.length < sizeof(self.line))
        return;
    if (!self.skips)
        log_one(pid, self.line, self.length, " ... (the line is longer, and was cut here)");
    self.skips = true;
    self.length = 0;
}

/* Read once, into the rest of the buffer. Returns whether there was something. */
static bool read_some(void)
{
    size_t length = self.length < sizeof(self.line) ? self.length : 0;
    ssize_t got;

    do
        got = read(self.read_fd, self.line + length, sizeof(self.line) - length);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        self.length = length + (size_t)got;
    return got > 0;
}

void error_lines_relay(pid_t pid)
{
    if (read_some())
        log_lines_of(pid);
}

void error_lines_finish(pid_t pid)
{
    for (int reads = 0; reads < PIPE_READS && read_some(); reads++)
        log_lines_of(pid);
    if (self.length > 0 && !self.skips)
        log_one(pid, self.line, self.length, "");
    self.length = 0;
    self.skips = false;
}
