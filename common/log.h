/*
 * log: lines for people, `program[pid]: message`, or for programs, a JSON object each, to one
 * descriptor.
 *
 * A line leaves in one write(2) of at most PIPE_BUF bytes, so that lines of several processes never
 * mix, and never blocks: what the descriptor cannot take is dropped and counted. Control characters
 * in a line are shown as `?`, in JSON escaped, so that a caller cannot forge one. errno is kept.
 */
#ifndef PREFORKD_COMMON_LOG_H
#define PREFORKD_COMMON_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG };

/* The levels by their names in the configuration, in the order of enum log_level; NULL ends it. */
extern const char *const log_level_names[];

enum log_format { LOG_TEXT, LOG_JSON };

/* A JSON line to be relayed begins with this byte, by which the relay knows it from lines of others:
 * it puts the time in. */
enum { LOG_RELAYED_MARK = 1 };

struct log_target {
    int fd; /* stays the caller's */
    enum log_level level;
    enum log_format format;
    bool timed;     /* a text line begins with an RFC 3339 time; a JSON line always has one */
    bool relayed;   /* through a pipe, whose reader adds the time instead */
    bool may_block; /* FD is shared with others: poll(2) says whether it takes a line */
};

/* Lines are `NAME: ` until log_open; NAME must outlive the log. */
void log_init(const char *name);

/* From now on write lines up to the level of TARGET, `NAME[PID]: ` first, to it. Call it again after
 * fork(2), for the new pid. */
void log_open(const struct log_target *target);

/* Whether lines are JSON. */
bool log_is_json(void);

/* Write a line of text to standard error, where the log is elsewhere or JSON. */
__attribute__((format(printf, 1, 2))) void log_line_stderr(const char *format, ...);

/* Write TEXT, a line which somebody else formatted, as it is but for the time. */
void log_relay(const char *text);

/* Write LINES whole lines, LENGTH BYTES together, as they are. */
void log_write(const char *bytes, size_t length, uint64_t lines);

/* How many lines were dropped since the last call. */
uint64_t log_take_dropped(void);

__attribute__((format(printf, 2, 3))) void log_line(enum log_level level, const char *format, ...);

/* The same at any log_level, said to be of LEVEL. FIELDS, NULL or `,"NAME":VALUE...`, are what a JSON
 * object has besides. */
__attribute__((format(printf, 3, 4))) void log_always(enum log_level level, const char *fields,
                                                      const char *format, ...);

/* warn and die add why errno says it happened, warnx and diex do not; the die pair exits. */
__attribute__((format(printf, 1, 2))) void warn(const char *format, ...);
__attribute__((format(printf, 1, 2))) void warnx(const char *format, ...);
__attribute__((noreturn, format(printf, 2, 3))) void die(int status, const char *format, ...);
__attribute__((noreturn, format(printf, 2, 3))) void diex(int status, const char *format, ...);

#endif
