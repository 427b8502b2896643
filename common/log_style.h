/*
 * log_style: what a line of the log begins with: NAME[PID], or what the journal wants.
 */
#ifndef PREFORKD_COMMON_LOG_STYLE_H
#define PREFORKD_COMMON_LOG_STYLE_H

#include <sys/types.h>

#include "common/log_text.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG };

/* What a line of text begins with. A line of JSON begins with the last two as well, and has a time
 * and a level of its own. */
enum log_style {
    LOG_STYLE_PLAIN,   /* NAME[PID]: */
    LOG_STYLE_TIMED,   /* an RFC 3339 time before that */
    LOG_STYLE_JOURNAL, /* the level alone, as sd-daemon(3) has it: the journal knows the rest */
    LOG_STYLE_SYSLOG,  /* level, local time, NAME[PID]: RFC 3164, as syslog(3) sends it */
};

/* Where a line comes from. */
struct log_origin {
    const char *time; /* NULL: now, where the style has one */
    pid_t pid;        /* 0: a line of text has none */
    enum log_level level;
};

/* Return the style of lines written to FD, a standard descriptor: LOG_STYLE_JOURNAL where that is
 * the journal (JOURNAL_STREAM, systemd.exec(5)), else LOG_STYLE_PLAIN. */
enum log_style log_style_of(int fd);

/* Append to LINE what precedes the message of program NAME, or the JSON object. */
void log_style_print(struct log_text *line, enum log_style style, const char *name,
                     const struct log_origin *origin);

#endif
