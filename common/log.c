/*
 * log: see log.h. The only state is where this process's lines go.
 */
#include "common/log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *const log_level_names[] = {"error", "warning", "notice", "info", "debug", NULL};

static struct {
    const char *name;
    int fd;
    pid_t pid; /* 0: a program that ends soon, which needs none */
    enum log_level level;
    bool timed;
    uint64_t dropped;
} logger = {.name = "?", .fd = STDERR_FILENO, .level = LOG_NOTICE};

void log_init(const char *name)
{
    logger.name = name;
}

void log_open(int fd, enum log_level level, bool timed)
{
    logger.fd = fd;
    logger.pid = getpid();
    logger.level = level;
    logger.timed = timed;
}

uint64_t log_take_dropped(void)
{
    uint64_t dropped = logger.dropped;

    logger.dropped = 0;
    return dropped;
}

struct line {
    char bytes[PIPE_BUF];
    size_t length; /* may say more than fits: the rest is cut */
};

__attribute__((format(printf, 2, 0))) static void append_list(struct line *line, const char *format,
                                                              va_list arguments)
{
    if (line->length < sizeof(line->bytes))
        line->length += (size_t)vsnprintf(line->bytes + line->length,
                                          sizeof(line->bytes) - line->length, format, arguments);
}

__attribute__((format(printf, 2, 3))) static void append(struct line *line, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    append_list(line, format, arguments);
    va_end(arguments);
}

/* An empty line, or the time where the log has one: `2026-01-31T12:00:00.123456Z `. */
static void begin_line(struct line *line)
{
    struct timespec now;
    struct tm utc;

    line->length = 0;
    if (!logger.timed)
        return;
    clock_gettime(CLOCK_REALTIME, &now); /* only printed, never compared */
    gmtime_r(&now.tv_sec, &utc);
    line->length = strftime(line->bytes, sizeof(line->bytes), "%Y-%m-%dT%H:%M:%S", &utc);
    append(line, ".%06dZ ", (int)(now.tv_nsec / 1000));
}

/* Make LINE printable, end it and write it to FD. */
static void finish_line(struct line *line, int fd)
{
    struct pollfd out = {.fd = fd, .events = POLLOUT};
    size_t length = line->length < PIPE_BUF ? line->length : PIPE_BUF - 1;

    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)line->bytes[i];

        if (byte < ' ' || byte == 0x7f)
            line->bytes[i] = '?';
    }
    line->bytes[length++] = '\n';
    if (poll(&out, 1, 0) != 1 || write(fd, line->bytes, length) != (ssize_t)length)
        logger.dropped++;
}

void log_relay(const char *text)
{
    int cause = errno;
    struct line line;

    begin_line(&line);
    append(&line, "%s", text);
    finish_line(&line, logger.fd);
    errno = cause;
}

/* WHY is NULL, or what goes behind the message. */
__attribute__((format(printf, 1, 0))) static void write_message(const char *format,
                                                                va_list arguments, const char *why)
{
    int cause = errno;
    struct line line;

    begin_line(&line);
    if (logger.pid != 0)
        append(&line, "%s[%d]: ", logger.name, (int)logger.pid);
    else
        append(&line, "%s: ", logger.name);
    append_list(&line, format, arguments);
    if (why != NULL)
        append(&line, ": %s", why);
    finish_line(&line, logger.fd);
    errno = cause;
}

void log_line(enum log_level level, const char *format, ...)
{
    va_list arguments;

    if (level > logger.level)
        return;
    va_start(arguments, format);
    write_message(format, arguments, NULL);
    va_end(arguments);
}

void log_line_stderr(const char *format, ...)
{
    struct line line = {.length = 0};
    va_list arguments;

    append(&line, "%s[%d]: ", logger.name, (int)logger.pid);
    va_start(arguments, format);
    append_list(&line, format, arguments);
    va_end(arguments);
    finish_line(&line, STDERR_FILENO);
}

void warn(const char *format, ...)
{
    va_list arguments;

    if (logger.level < LOG_WARNING)
        return;
    va_start(arguments, format);
    write_message(format, arguments, strerror(errno));
    va_end(arguments);
}

void warnx(const char *format, ...)
{
    va_list arguments;

    if (logger.level < LOG_WARNING)
        return;
    va_start(arguments, format);
    write_message(format, arguments, NULL);
    va_end(arguments);
}

void die(int status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_message(format, arguments, strerror(errno));
    va_end(arguments);
    exit(status);
}

void diex(int status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_message(format, arguments, NULL);
    va_end(arguments);
    exit(status);
}
