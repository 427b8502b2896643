/*
 * handover: what one master tells the next, as text in a memory file (memfd_create(2)) that both of
 * them have. Its lines can be of any number, and nobody has to wait until they are read.
 *
 * First the old one writes what it has, then the new one what it takes, then the old one what was
 * counted until the new one took over, and, when it ends, the rest:
 *
 *   generation N
 *   pid_file PATH
 *   control FD LOCK_FD DEVICE INODE PATH
 *   pool NAME                            whose the next lines are
 *   listener FD LOCK_FD DEVICE INODE HANDED_IN ENDPOINT ASKED
 *
 *   taken FD
 *
 *   pool NAME
 *   NAME VALUE...                        as in totals.h
 *
 * Each ends with the line `end`; before that nobody believes a word. What is written is never written over,
 * for the other one may be about to read it; a line that means nothing to a reader is passed over. An
 * ENDPOINT is TYPE:WILDCARD:HEX.
 */
#ifndef PREFORKD_SERVER_UPGRADE_HANDOVER_H
#define PREFORKD_SERVER_UPGRADE_HANDOVER_H

#include "common/endpoint.h"
#include "server/net/listener.h"

/* A new file, close-on-exec; -1 with errno. */
int handover_create(void);

/* Append what WRITE prints for CONTEXT to FD. 0, or -1 with errno. */
int handover_write(int fd, void (*write)(const void *context, FILE *out), const void *context);

/* Call READ with each line of FD behind *OFFSET, which is moved on. 0; -1 where they could not be read or
 * have no end: nothing was called. */
int handover_read(int fd, off_t *offset, void (*read)(void *context, const char *line),
                  void *context);

/* Print LISTENER as a line, or make one of its line; NULL with FAILURE. */
void handover_print_listener(const struct listener *listener, FILE *out);
struct listener *handover_read_listener(const char *line, struct failure *failure);

#endif
