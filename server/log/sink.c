/*
 * sink: see sink.h.
 */
#include "server/log/sink.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "server/log/destination.h"
#include "server/log/log_file.h"

/* Direct this process's lines to the log. A log opened here is non-blocking, and a file never
 * blocks. syslogd gets each line for itself, any other at most PIPE_BUF bytes at a time, for which
 * poll(2) reports room. */
static void direct(struct log_sink *sink)
{
    struct stat status;
    bool is_file = fstat(sink->fd, &status) == 0 && S_ISREG(status.st_mode);
    const struct log_target target = {.fd = sink->fd,
                                      .level = sink->level,
                                      .format = sink->format,
                                      .style = log_destination_style(sink->name, sink->fd),
                                      .torn = log_file_is_torn(sink->fd),
                                      .may_block = sink->fd <= STDERR_FILENO && !is_file};

    sink->batch_size = is_file ? SIZE_MAX : target.style == LOG_STYLE_SYSLOG ? 0 : PIPE_BUF;
    log_open(&target);
}

void log_sink_open(struct log_sink *sink)
{
    *sink = (struct log_sink){.fd = STDERR_FILENO};
    log_sink_change(sink, STDERR_FILENO, NULL, LOG_NOTICE, LOG_TEXT);
}

int log_sink_reopen(struct log_sink *sink)
{
    struct failure failure = FAILURE_UNSAID;
    int fd;

    if (!log_destination_is_file(sink->name))
        return 0;
    if (log_destination_open(sink->name, &fd, &failure) != NULL) {
        warn("cannot reopen the log %s, the old one stays in use", sink->name);
        return -1;
    }
    log_sink_change(sink, fd, sink->name, sink->level, sink->format);
    return 0;
}

void log_sink_change(struct log_sink *sink, int fd, const char *name, enum log_level level,
                     enum log_format format)
{
    if (sink->fd != fd)
        log_destination_close(sink->fd);
    sink->fd = fd;
    sink->name = name;
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
    const struct log_target target = {.fd = STDERR_FILENO,
                                      .level = sink->level,
                                      .style = log_style_of(STDERR_FILENO),
                                      .may_block = true};

    log_sink_report_dropped(sink, INT64_MAX - NS_PER_S);
    log_destination_close(sink->fd);
    log_open(&target);
}
