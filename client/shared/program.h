/*
 * program: the start and the end of a client program.
 */
#ifndef PREFORKD_CLIENT_SHARED_PROGRAM_H
#define PREFORKD_CLIENT_SHARED_PROGRAM_H

/* Begin log lines with NAME, ignore SIGPIPE, and open /dev/null where descriptor 0, 1 or 2 is
 * closed, so that no socket gets its number. It is opened for reading: a write there still
 * fails. */
void program_start(const char *name);

/* Flush standard output. Returns STATUS, or STATUS_SYSTEM with a message logged if not all could be
 * written. Where its reader has left, as `head` does, end by SIGPIPE without a message, as any
 * filter does. */
int program_end(int status);

/* Print where help is. Returns STATUS_USAGE. */
int program_refuse_usage(const char *name);

#endif
