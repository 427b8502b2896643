/*
 * sink: see sink.h.
 */
#include "server/log/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/text.h"

enum { LOG_MODE = 0640 };

static int open_file(const char *path)
{
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, LOG_MODE);
}

/* Direct this process's lines to the log. A log opened here is non-blocking, and a file never
 * blocks. Any other gets at most PIPE_BUF bytes at a time, for which poll(2) reports room. */
static void direct(struct log_sink *sink)
{
    struct stat status;
    bool is_file = fstat(sink->fd, &status) == 0 && S_ISREG(status.st_mode);
    const struct log_target target = {.fd = sink->fd,
                                      .level = sink->level,
                                      .format = sink->format,
                                      .timed = sink->path != NULL,
                                      .may_block = sink->fd == STDERR_FILENO && !is_file};

    sink->batch_size = is_file ? SIZE_MAX : PIPE_BUF;
    log_open(&target);
}

int log_sink_open(struct log_sink *sink, const char *path, enum log_level level,
                  enum log_format format, struct failure *failure)
{
    *sink = (struct log_sink){.path = path, .level = level, .format = format};
    sink->fd = path == NULL ? STDERR_FILENO : open_file(path);
    if (sink->fd < 0)
        return fail(failure, failure_status(errno), "cannot open the log %s: %s", path,
                    strerror(errno));
    direct(sink);
    return 0;
}

/* Write to FD from now on. The standard error stays open, it is not the log's to close. */
static void replace(struct log_sink *sink, int fd)
{
    if (sink->fd != STDERR_FILENO)
        close(sink->fd);
    sink->fd = fd;
}

int log_sink_reopen(struct log_sink *sink)
{
    int fd;

    if (sink->path == NULL)
        return 0;
    fd = open_file(sink->path);
    if (fd < 0) {
        warn("cannot reopen the log %s, the old one stays in use", sink->path);
        return -1;
    }
    replace(sink, fd);
    direct(sink);
    return 0;
}

void log_sink_change(struct log_sink *sink, const char *path, enum log_level level,
                     enum log_format format)
{
    if (!text_equal(path, sink->path)) {
        int fd = path == NULL ? STDERR_FILENO : open_file(path);

        if (fd < 0)
            warn("cannot open the log %s, the old one stays in use", path);
        else
            replace(sink, fd);
    }
    sink->path = path;
    sink->level = level;
    sink->format = format;
    direct(sink);
}

void log_sink_note_dropped(struct log_sink *sink, uint64_t lines)
{
    sink->dropped += lines;
    sink->lost += lines;
}

int64_t log_sink_report_dropped(struct log_sink *sink, int64_t now_ns)
{
    log_sink_note_dropped(sink, log_take_dropped());
    if (sink->dropped == 0)
        return INT64_MAX;
    if (now_ns < sink->report_ns)
        return sink->report_ns;
    log_line(LOG_WARNING, "%s%llu lines of the log were lost: it could not be written",
             sink->is_uncertain ? "at least " : "", (unsigned long long)sink->dropped);
    if (log_take_dropped() == 0) {
        sink->dropped = 0;
        sink->is_uncertain = false;
        sink->report_ns = now_ns + NS_PER_S;
    }
    return INT64_MAX;
}

void log_sink_close(struct log_sink *sink)
{
    const struct log_target target = {.fd = STDERR_FILENO, .level = sink->level, .may_block = true};

    log_sink_report_dropped(sink, INT64_MAX - NS_PER_S);
    if (sink->fd == STDERR_FILENO)
        return;
    close(sink->fd);
    log_open(&target);
}
