/*
 * log: write lines of text, or of JSON, an object each, to one descriptor.
 *
 * A line is one write(2) of at most PIPE_BUF bytes, so that lines of several processes do not mix.
 * No write blocks: lines that the descriptor cannot take are dropped and counted. Control
 * characters are shown as `?`, in JSON escaped, so that a client cannot forge a line. errno is
 * preserved.
 */
#ifndef PREFORKD_COMMON_LOG_H
#define PREFORKD_COMMON_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/log_style.h"
#include "common/log_text.h"

/* The names of the levels in the configuration, in the order of enum log_level, then NULL. */
extern const char *const log_level_names[];

enum log_format { LOG_TEXT, LOG_JSON };

/* A worker sends records, of which the master composes lines: this byte, the KIND, the worker's
 * slot and pid, LOG_RECORD_SEPARATOR, the text, a newline. KIND is the digit of a level for the
 * message of a line; other kinds are server/log's. */
enum { LOG_RECORD_MARK = '\x01', LOG_RECORD_SEPARATOR = '\x1f' };

struct log_target {
    int fd; /* never closed here */
    enum log_level level;
    enum log_format format;
    enum log_style style;
    bool relayed;   /* fd is a pipe to the master: write records instead of lines */
    size_t slot;    /* of the worker, in its records */
    bool torn;      /* the last line there has no end: the next one must not continue it */
    bool may_block; /* fd may lack O_NONBLOCK, as it is shared: poll(2) before each write */
};

/* Write lines to standard error, with `NAME: ` in place of `NAME[PID]: `, until log_open. NAME must
 * outlive the log. */
void log_init(const char *name);

/* Write lines to TARGET from now on, up to its level. Call it again after fork(2), for the new
 * pid. */
void log_open(const struct log_target *target);

/* Return whether lines are JSON. */
bool log_is_json(void);

/* Compose LINE, newline included, as the target has its lines: TIME (NULL: now, where the format
 * has one), process PID, LEVEL, and a MESSAGE of LENGTH bytes. FIELDS as in log_always. */
void log_compose(struct log_text *line, const struct log_origin *origin, const char *fields,
                 const char *message, size_t length);

/* Send a record of KIND to the master. */
__attribute__((format(printf, 2, 3))) void log_record(char kind, const char *format, ...);

/* Write a line of text to standard error, wherever the log goes. */
__attribute__((format(printf, 1, 2))) void log_line_stderr(const char *format, ...);

/* Write TEXT, a line that is complete but for the time. */
void log_relay(const char *text);

/* Write LINES complete lines, together LENGTH BYTES. */
void log_write(const char *bytes, size_t length, uint64_t lines);

/* Return how many lines were dropped since the last call. */
uint64_t log_take_dropped(void);

/* Write a line of LEVEL, unless the target's level excludes it. */
__attribute__((format(printf, 2, 3))) void log_line(enum log_level level, const char *format, ...);

/* Write a line `WHAT: LINE` for each line of TEXT. */
void log_lines(enum log_level level, const char *what, const char *text);

/* Write a line of LEVEL at any log_level. FIELDS, NULL or `,"NAME":VALUE...`, are further members
 * of a JSON object. */
__attribute__((format(printf, 3, 4))) void log_always(enum log_level level, const char *fields,
                                                      const char *format, ...);

/* Log a warning, or log an error and exit. warn and die append the text of errno. */
__attribute__((format(printf, 1, 2))) void warn(const char *format, ...);
__attribute__((format(printf, 1, 2))) void warnx(const char *format, ...);
__attribute__((noreturn, format(printf, 2, 3))) void die(int status, const char *format, ...);
__attribute__((noreturn, format(printf, 2, 3))) void diex(int status, const char *format, ...);

#endif
