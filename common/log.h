/*
 * log: lines for people, `program[pid]: message`, to one descriptor.
 *
 * A line leaves in one write(2) of at most PIPE_BUF bytes, so that lines of several processes never
 * mix, and never blocks: what the descriptor cannot take is dropped and counted. Control characters
 * in a line are shown as `?`, so that a caller cannot forge one. errno is kept.
 */
#ifndef PREFORKD_COMMON_LOG_H
#define PREFORKD_COMMON_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG };

/* The levels by their names in the configuration, in the order of enum log_level; NULL ends it. */
extern const char *const log_level_names[];

/* Lines are `NAME: ` until log_open; NAME must outlive the log. */
void log_init(const char *name);

/* From now on write lines up to LEVEL as `NAME[PID]: ` to FD, which stays the caller's; an RFC 3339
 * time goes first where TIMED. Call it again after fork(2), for the new pid. */
void log_open(int fd, enum log_level level, bool timed);

/* Write a line to standard error, where the log is elsewhere. */
__attribute__((format(printf, 1, 2))) void log_line_stderr(const char *format, ...);

/* Write TEXT, a line which another process formatted, as it is but for the time. */
void log_relay(const char *text);

/* How many lines were dropped since the last call. */
uint64_t log_take_dropped(void);

__attribute__((format(printf, 2, 3))) void log_line(enum log_level level, const char *format, ...);

/* warn and die add why errno says it happened, warnx and diex do not; the die pair exits. */
__attribute__((format(printf, 1, 2))) void warn(const char *format, ...);
__attribute__((format(printf, 1, 2))) void warnx(const char *format, ...);
__attribute__((noreturn, format(printf, 2, 3))) void die(int status, const char *format, ...);
__attribute__((noreturn, format(printf, 2, 3))) void diex(int status, const char *format, ...);

#endif
