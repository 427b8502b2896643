/*
 * sink: see sink.h.
 *
 * Lines of workers are relayed in batches: one read(2) and, to a file, one write(2) of all of them
 * with their time. Any other log gets at most PIPE_BUF bytes at a time, for which poll(2) reports
 * room.
 */
#include "server/log/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log_text.h"
#include "common/text.h"

enum { LOG_MODE = 0640, LOG_PIPE_SIZE = 1 << 20 };

/* Complete lines that have not been written yet. */
struct batch {
    char time[LOG_TIME_SIZE];
    uint64_t lines;
    size_t length;
    char bytes[4 * PIPE_BUF];
};

static int open_file(const char *path)
{
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, LOG_MODE);
}

/* Direct this process's lines to the log. A log opened here is non-blocking, and a file never
 * blocks. */
static void direct(struct log_sink *sink)
{
    struct stat status;
    bool is_file = fstat(sink->fd, &status) == 0 && S_ISREG(status.st_mode);
    const struct log_target target = {.fd = sink->fd,
                                      .level = sink->level,
                                      .format = sink->format,
                                      .timed = sink->path != NULL,
                                      .may_block = sink->fd == STDERR_FILENO && !is_file};

    sink->batch_size = is_file ? sizeof(((struct batch *)NULL)->bytes) : PIPE_BUF;
    log_open(&target);
}

int log_sink_open(struct log_sink *sink, const char *path, enum log_level level,
                  enum log_format format, struct failure *failure)
{
    int ends[2];

    *sink = (struct log_sink){.path = path, .level = level, .format = format};
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
    fcntl(ends[1], F_SETPIPE_SZ, LOG_PIPE_SIZE); /* for bursts; a smaller pipe works as well */
    sink->pipe_read_fd = ends[0];
    sink->pipe_write_fd = ends[1];
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

static void flush(struct batch *batch)
{
    if (batch->lines > 0)
        log_write(batch->bytes, batch->length, batch->lines);
    batch->lines = 0;
    batch->length = 0;
}

/* Make a LINE of the log of the LENGTH BYTES that a worker or a program wrote. In JSON, anything
 * but a worker's own object becomes the message of an object. */
static void compose(const struct log_sink *sink, const struct batch *batch, const char *bytes,
                    size_t length, struct log_text *line)
{
    static const char end[] = "\"}";

    log_text_begin(line, 0);
    if (sink->format == LOG_TEXT) {
        if (sink->path != NULL)
            log_text_print(line, "%s ", batch->time);
        log_text_add(line, bytes, length);
        return;
    }
    log_text_print(line, "{\"time\":\"%s\",", batch->time);
    if (length > 2 && bytes[0] == LOG_RELAYED_MARK && bytes[1] == '{' && bytes[length - 1] == '}') {
        log_text_add(line, bytes + 2, length - 2);
        return;
    }
    log_text_print(line, "\"pid\":%d,\"level\":\"notice\",\"message\":\"", (int)getpid());
    line->limit -= strlen(end);
    log_text_escape(line, bytes, length);
    line->limit += strlen(end);
    log_text_add(line, end, strlen(end));
}

static void relay_line(const struct log_sink *sink, struct batch *batch, const char *bytes,
                       size_t length)
{
    struct log_text line;

    compose(sink, batch, bytes, length, &line);
    line.bytes[line.length++] = '\n';
    if (batch->length + line.length > sink->batch_size)
        flush(batch);
    memcpy(batch->bytes + batch->length, line.bytes, line.length);
    batch->length += line.length;
    batch->lines++;
}

/* Relay the complete lines of the buffer and keep the rest. A line longer than the buffer is
 * split. */
static void relay_lines(struct log_sink *sink)
{
    const char *line = sink->buffer, *end = sink->buffer + sink->length, *newline;
    struct batch batch;

    batch.lines = 0;
    batch.length = 0;
    log_time_print(batch.time);
    while ((newline = memchr(line, '\n', (size_t)(end - line))) != NULL) {
        relay_line(sink, &batch, line, (size_t)(newline - line));
        line = newline + 1;
    }
    sink->length = (size_t)(end - line);
    if (sink->length == sizeof(sink->buffer)) {
        relay_line(sink, &batch, line, sink->length);
        sink->length = 0;
    }
    flush(&batch);
    memmove(sink->buffer, line, sink->length);
}

/* Read once only, so that a flood of lines does not keep the master from its other work. */
size_t log_sink_drain(struct log_sink *sink)
{
    ssize_t got =
        read(sink->pipe_read_fd, sink->buffer + sink->length, sizeof(sink->buffer) - sink->length);

    if (got <= 0)
        return 0;
    sink->length += (size_t)got;
    relay_lines(sink);
    return (size_t)got;
}

void log_sink_drain_all(struct log_sink *sink)
{
    while (log_sink_drain(sink) > 0)
        ;
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
    log_line(LOG_WARNING, "%llu lines of the log were lost: it could not be written",
             (unsigned long long)sink->dropped);
    if (log_take_dropped() == 0) {
        sink->dropped = 0;
        sink->report_ns = now_ns + NS_PER_S;
    }
    return INT64_MAX;
}

struct log_target log_sink_worker_target(const struct log_sink *sink, enum log_level level,
                                         enum log_format format)
{
    return (struct log_target){
        .fd = sink->pipe_write_fd, .level = level, .format = format, .relayed = true};
}

void log_sink_close(struct log_sink *sink)
{
    const struct log_target target = {.fd = STDERR_FILENO, .level = sink->level, .may_block = true};

    close(sink->pipe_write_fd);
    log_sink_drain_all(sink);
    log_sink_report_dropped(sink, INT64_MAX - NS_PER_S);
    close(sink->pipe_read_fd);
    if (sink->fd == STDERR_FILENO)
        return;
    close(sink->fd);
    log_open(&target);
}
