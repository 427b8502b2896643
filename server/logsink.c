/*
 * logsink: see logsink.h.
 */
#include "server/logsink.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { LOG_MODE = 0640 };

static int open_file(const char *path)
{
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, LOG_MODE);
}

int logsink_open(struct logsink *sink, const char *path, enum log_level level,
                 struct failure *failure)
{
    int ends[2];

    sink->path = path;
    sink->level = level;
    sink->dropped = sink->dropped_ever = 0;
    sink->length = 0;
    sink->fd = path == NULL ? STDERR_FILENO : open_file(path);
    if (sink->fd < 0)
        return fail(failure, failure_status(errno), "cannot open the log %s: %s", path,
                    strerror(errno));
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
        fail(failure, STATUS_SYSTEM, "cannot make the log pipe: %s", strerror(errno));
        if (path != NULL)
            close(sink->fd);
        return -1;
    }
    sink->pipe_read_fd = ends[0];
    sink->pipe_write_fd = ends[1];
    log_open(sink->fd, level, path != NULL);
    return 0;
}

int logsink_reopen(struct logsink *sink)
{
    int fd;

    if (sink->path == NULL)
        return 0;
    fd = open_file(sink->path);
    if (fd < 0) {
        warn("cannot reopen the log %s, the old one goes on", sink->path);
        return -1;
    }
    close(sink->fd);
    sink->fd = fd;
    log_open(fd, sink->level, true);
    return 0;
}

/* Relay the whole lines of the buffer and keep the rest. A line too long to be one is cut. */
static void relay_lines(struct logsink *sink)
{
    char *line = sink->buffer, *end = sink->buffer + sink->length, *newline;

    while ((newline = memchr(line, '\n', (size_t)(end - line))) != NULL) {
        *newline = '\0';
        log_relay(line);
        line = newline + 1;
    }
    sink->length = (size_t)(end - line);
    memmove(sink->buffer, line, sink->length);
    if (sink->length < sizeof(sink->buffer) - 1)
        return;
    sink->buffer[sink->length] = '\0';
    log_relay(sink->buffer);
    sink->length = 0;
}

/* One read, so that a flood of lines keeps the master from nothing else: whether there was any. */
static bool relay_some(struct logsink *sink)
{
    ssize_t got = read(sink->pipe_read_fd, sink->buffer + sink->length,
                       sizeof(sink->buffer) - 1 - sink->length);

    if (got <= 0)
        return false;
    sink->length += (size_t)got;
    relay_lines(sink);
    return true;
}

void logsink_drain(struct logsink *sink)
{
    relay_some(sink);
}

void logsink_report_dropped(struct logsink *sink)
{
    sink->dropped += log_take_dropped();
    if (sink->dropped == 0)
        return;
    log_line(LOG_WARNING, "%llu lines of the log were lost: it could not be written",
             (unsigned long long)sink->dropped);
    if (log_take_dropped() > 0)
        return;
    sink->dropped_ever += sink->dropped;
    sink->dropped = 0;
}

void logsink_enter_worker(const struct logsink *sink)
{
    log_open(sink->pipe_write_fd, sink->level, false);
    close(sink->pipe_read_fd);
    if (sink->path != NULL)
        close(sink->fd);
}

void logsink_close(struct logsink *sink)
{
    close(sink->pipe_write_fd);
    while (relay_some(sink))
        ;
    logsink_report_dropped(sink);
    close(sink->pipe_read_fd);
    if (sink->path == NULL)
        return;
    close(sink->fd);
    log_open(STDERR_FILENO, sink->level, false);
}
