/*
 * program: how a client program begins and ends, whatever it calls.
 */
#ifndef PREFORKD_CLIENT_SHARED_PROGRAM_H
#define PREFORKD_CLIENT_SHARED_PROGRAM_H

/* Name the messages NAME, ignore SIGPIPE, and put /dev/null where descriptors 0, 1 and 2 are
 * closed, so that no socket takes their place; writing there still fails. */
void program_start(const char *name);

/* The exit status (status.h) of a program that printed: STATUS, or STATUS_SYSTEM and a message
 * where standard output did not take it all. */
int program_end(int status);

/* Say where help is, and return STATUS_USAGE. */
int program_refuse_usage(const char *name);

#endif
