/*
 * handover: what two masters write for each other during an upgrade, as text in a memory file
 * (memfd_create(2)) that both have open. A file takes any number of lines, and neither has to wait
 * until the other reads.
 *
 * First the predecessor writes what it has, then the successor what it takes, then the predecessor
 * what was counted until the successor got charge, and, when it ends, what was counted since:
 *
 *   generation N
 *   pid_file PATH
 *   control                              the next listener is the control socket's
 *   pool NAME                            the next lines belong to this pool
 *   listener FD LOCK_FD DEVICE INODE HANDED_IN ENDPOINT ASKED NAME BLOCKS
 *
 *   stop_timeout NANOSECONDS
 *   taken FD
 *
 *   pool NAME
 *   NAME VALUE...                        as in server/scoreboard/totals.h
 *
 * Each part ends with the line `end`; a reader ignores a part without it. Text is only ever
 * appended, for the other process may be about to read what is there. A reader skips lines that it
 * does not know. An ENDPOINT is TYPE:WILDCARD:HEX, HEX being its socket address. NAME is that of
 * a listener that a service manager handed in, where it can be a pool's, or `-`. BLOCKS is 1 for
 * one that is blocking, 0 or missing else.
 */
#ifndef PREFORKD_SERVER_UPGRADE_HANDOVER_H
#define PREFORKD_SERVER_UPGRADE_HANDOVER_H

#include <stdbool.h>
#include <sys/types.h>

#include "server/net/listener.h"

/* Returns a new file, close-on-exec; -1 with errno. */
int handover_create(void);

/* Append what WRITE prints for CONTEXT, and `end`, to FD. Returns 0, or -1 with errno. */
int handover_write(int fd, void (*write)(const void *context, FILE *out), const void *context);

/* No part of a hand-over is larger than that. A pool takes 4 kB, with the totals of its rates. */
enum { HANDOVER_POOL_SIZE = 64 << 10, HANDOVER_SIZE = 64 << 20 };

/* Call READ with each line of FD from *OFFSET on, and advance *OFFSET. Returns 0; or -1 with errno
 * where the lines cannot be read, are more than MOST bytes (EFBIG), or do not end with `end`
 * (ENODATA, also where nothing was written): then READ was not called. */
int handover_read(int fd, off_t *offset, size_t most, void (*read)(void *context, const char *line),
                  void *context);

/* Returns whether all that was written to FD was read, up to OFFSET. */
bool handover_is_read(int fd, off_t offset);

/* Send MESSAGE by the channel FD without waiting, once more where that fails: the other master
 * waits for it. Returns 0, or -1 with errno. */
int handover_send(int fd, const char *message);

/* Print LISTENER as a line; make a listener of such a line. */
void handover_print_listener(const struct listener *listener, FILE *out);
MAY_FAIL handover_read_listener(const char *line, struct listener **read, struct failure *failure);

#endif
