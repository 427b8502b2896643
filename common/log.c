/*
 * log: see log.h. The only state is where this process's lines go.
 */
#include "common/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log_output.h"
#include "common/log_style.h"
#include "common/log_text.h"

const char *const log_level_names[] = {"error", "warning", "notice", "info", "debug", NULL};

static struct {
    const char *name;
    struct log_target target;
    struct log_output output;
    pid_t pid; /* 0: log_open was not called, and lines have none */
} logger = {.name = "?",
            .target = {.level = LOG_NOTICE},
            .output = {.fd = STDERR_FILENO, .may_block = true}};

void log_init(const char *name)
{
    logger.name = name;
    logger.target.style = log_style_of(STDERR_FILENO);
}

void log_open(const struct log_target *target)
{
    logger.target = *target;
    logger.pid = getpid();
    logger.output = (struct log_output){.fd = target->fd,
                                        .may_block = target->may_block,
                                        .is_syslog = target->style == LOG_STYLE_SYSLOG,
                                        .torn = target->torn,
                                        .dropped = logger.output.dropped};
}

bool log_is_json(void)
{
    return logger.target.format == LOG_JSON;
}

uint64_t log_take_dropped(void)
{
    uint64_t dropped = logger.output.dropped;

    logger.output.dropped = 0;
    return dropped;
}

void log_write(const char *bytes, size_t length, uint64_t lines)
{
    log_output_write(&logger.output, bytes, length, lines);
}

static void compose_json(struct log_text *line, const struct log_origin *origin, const char *fields,
                         const char *message, size_t length)
{
    log_text_begin(line, strlen(fields) + strlen("\"}"));
    if (logger.target.style >= LOG_STYLE_JOURNAL)
        log_style_print(line, logger.target.style, logger.name, origin);
    log_text_print(line, "{\"time\":\"%s\",\"pid\":%d,\"level\":\"%s\",\"message\":\"",
                   origin->time, (int)origin->pid, log_level_names[origin->level]);
    log_text_escape(line, message, length);
    line->limit += strlen(fields) + strlen("\"}");
    log_text_print(line, "\"%s}", fields);
}

void log_compose(struct log_text *line, const struct log_origin *origin, const char *fields,
                 const char *message, size_t length)
{
    const struct log_target *target = &logger.target;
    struct log_origin timed = *origin;
    char now[LOG_TIME_SIZE];

    if (timed.time == NULL && (target->style == LOG_STYLE_TIMED || target->format == LOG_JSON)) {
        log_time_print(now);
        timed.time = now;
    }
    if (target->format == LOG_JSON) {
        compose_json(line, &timed, fields, message, length);
    } else {
        log_text_begin(line, 0);
        log_style_print(line, target->style, logger.name, &timed);
        log_text_add(line, message, length);
    }
    line->bytes[line->length++] = '\n';
}

/* Send TEXT of LENGTH bytes as the record of KIND. The master replaces its control characters, as
 * the format wants it; a newline would end the record. */
static void send_record(char kind, const char *text, size_t length)
{
    struct log_text record;
    size_t from;

    log_text_begin(&record, 0);
    log_text_print(&record, "%c%c%zu %d%c", LOG_RECORD_MARK, kind, logger.target.slot,
                   (int)logger.pid, LOG_RECORD_SEPARATOR);
    from = record.length;
    log_text_append(&record, text, length);
    for (char *newline = record.bytes + from;
         (newline = memchr(newline, '\n', record.length - (size_t)(newline - record.bytes))) !=
         NULL;)
        *newline = '?';
    record.bytes[record.length++] = '\n';
    log_write(record.bytes, record.length, 1);
}

/* Write the line of a message, with WHY appended unless it is NULL. */
__attribute__((format(printf, 3, 0))) static void write_message(enum log_level level,
                                                                const char *fields,
                                                                const char *format,
                                                                va_list arguments, const char *why)
{
    const struct log_origin origin = {.pid = logger.pid, .level = level};
    int cause = errno;
    struct log_text line, message;

    log_text_begin(&message, 0);
    log_text_print_list(&message, format, arguments);
    if (why != NULL)
        log_text_print(&message, ": %s", why);
    if (logger.target.relayed) {
        send_record((char)('0' + level), message.bytes, message.length);
    } else {
        log_compose(&line, &origin, fields, message.bytes, message.length);
        log_write(line.bytes, line.length, 1);
    }
    errno = cause;
}

void log_record(char kind, const char *format, ...)
{
    int cause = errno;
    struct log_text text;
    va_list arguments;

    log_text_begin(&text, 0);
    va_start(arguments, format);
    log_text_print_list(&text, format, arguments);
    va_end(arguments);
    send_record(kind, text.bytes, text.length);
    errno = cause;
}

void log_line(enum log_level level, const char *format, ...)
{
    va_list arguments;

    if (level > logger.target.level)
        return;
    va_start(arguments, format);
    write_message(level, "", format, arguments, NULL);
    va_end(arguments);
}

void log_lines(enum log_level level, const char *what, const char *text)
{
    while (*text != '\0') {
        int length = (int)strcspn(text, "\n");

        log_line(level, "%s: %.*s", what, length, text);
        text += length + (text[length] == '\n');
    }
}

void log_always(enum log_level level, const char *fields, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_message(level, fields == NULL ? "" : fields, format, arguments, NULL);
    va_end(arguments);
}

void log_relay(const char *text)
{
    int cause = errno;
    struct log_text line;
    char time[LOG_TIME_SIZE];

    log_text_begin(&line, 0);
    if (logger.target.style == LOG_STYLE_TIMED) {
        log_time_print(time);
        log_text_print(&line, "%s ", time);
    }
    log_text_add(&line, text, strlen(text));
    line.bytes[line.length++] = '\n';
    log_write(line.bytes, line.length, 1);
    errno = cause;
}

void log_line_stderr(const char *format, ...)
{
    const struct log_origin origin = {.pid = logger.pid, .level = LOG_NOTICE};
    struct log_output output = {.fd = STDERR_FILENO, .may_block = true};
    struct log_text line;
    va_list arguments;

    log_text_begin(&line, 0);
    log_style_print(&line, log_style_of(STDERR_FILENO), logger.name, &origin);
    va_start(arguments, format);
    log_text_print_list(&line, format, arguments);
    va_end(arguments);
    log_text_clean(&line, 0);
    line.bytes[line.length++] = '\n';
    log_output_write(&output, line.bytes, line.length, 1);
    logger.output.dropped += output.dropped;
}

void warn(const char *format, ...)
{
    va_list arguments;

    if (logger.target.level < LOG_WARNING)
        return;
    va_start(arguments, format);
    write_message(LOG_WARNING, "", format, arguments, strerror(errno));
    va_end(arguments);
}

void warnx(const char *format, ...)
{
    va_list arguments;

    if (logger.target.level < LOG_WARNING)
        return;
    va_start(arguments, format);
    write_message(LOG_WARNING, "", format, arguments, NULL);
    va_end(arguments);
}

void die(int status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_message(LOG_ERROR, "", format, arguments, strerror(errno));
    va_end(arguments);
    exit(status);
}

void diex(int status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_message(LOG_ERROR, "", format, arguments, NULL);
    va_end(arguments);
    exit(status);
}
