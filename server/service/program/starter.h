/*
 * starter: the program of a pool, and what every start of it has in common.
 */
#ifndef PREFORKD_SERVER_SERVICE_PROGRAM_STARTER_H
#define PREFORKD_SERVER_SERVICE_PROGRAM_STARTER_H

#include <stddef.h>
#include <stdint.h>

#include "common/config/config.h"
#include "server/program/process.h"
#include "server/service/service.h"

struct error_lines;
struct pollfd;

/* Prepare this worker to start programs of the pool of CONFIG, and to log what they write to
 * standard error. Returns 0, or -1 with errno. */
int starter_begin(const struct pool_config *config);

/* Descriptors of this process that become 0, 1 and 2 of a program. */
struct starter_ends {
    int input_fd, output_fd, error_fd;
};

/* Start the program with ENDS. All signals must be blocked. Returns 0; or -1 with errno, and *WHAT
 * is what failed. */
int starter_start(const struct starter_ends *ends, char *const *environment,
                  struct process *process, const char **what);

/* After starter_begin(), where programs run one at a time: see their ends by SIGCHLD, which stays
 * blocked from here on, and start them without a pidfd. Returns 0, or -1 with errno. */
int starter_watch_ends(void);

/* Return the descriptor that is readable when the program may have ended. */
int starter_ends_descriptor(void);

/* That is readable: note it if PROCESS has ended, which leaves it to be reaped. */
void starter_note_end(struct process *process);

/* Return the pipe that is the standard error of the programs, where one runs at a time. */
struct error_lines *starter_errors(void);

/* Return the path of the program. */
const char *starter_program(void);

/* Log that WHAT failed with errno, and so the start for CONNECTION; a pool has one such line a
 * second. */
void starter_complain(const struct connection *connection, const struct connection_ops *ops,
                      const char *what);

/* PROCESS does not end although it was killed: log that, and end this worker, which the master
 * replaces. Such a program keeps neither the client nor the worker. STREAM_FD, the client's, is
 * shut down; -1: there is none. */
_Noreturn void starter_abandon(const struct process *process, int stream_fd);

/* Block all signals, or none but SIGCHLD where that says that a program has ended. */
void starter_block_signals(void);
void starter_unblock_signals(void);

/* Wait until one of the COUNT descriptors in FDS is ready, a signal has been handled, or UNTIL_NS
 * is over; NEVER_NS: no time is. Signals must be blocked, and are handled meanwhile. */
void starter_wait(struct pollfd *fds, size_t count, int64_t until_ns);

#endif
