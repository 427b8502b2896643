/*
 * control_protocol: the language of the control socket, which the master and preforkctl speak.
 *
 * A client connects, sends one command, a line `NAME [WORD]...` of at most COMMAND_SIZE bytes, and
 * reads the reply until end of file. The reply consists of lines. The first one is `ok`; or
 * `error STATUS WHY`, and no line follows: STATUS is the exit status for the client (status.h).
 *
 * Behind `ok` come lines `NAME VALUE` and at last `end`, without which the reply is incomplete.
 * VALUE is the rest of the line; `-` is an unknown value. Lines in front of the first `pool NAME`
 * are about the master, lines behind it about that pool. Later versions add names, and keep these:
 *
 *   status    pid, name (the key `name`), version, uptime_ns, phase (running, stopping),
 *             generation (of the configuration in force), log_lines_dropped,
 *             and while a reload waits reload_waits, the number of earlier generations, and
 *             reload_due_ns, when the first has ended at the latest, if there is a limit; each pool
 *             endpoint, state (starting, running, stopping, down), noun (what a process of it is:
 *             worker, program), sandbox (what is in force: enforce, log, off, no_new_privileges,
 *             and what the kernel lacks of it), the values of pool_stats.h,
 *             `took BUCKET COUNT` for each bucket of durations.h that is not empty,
 *             `exec BUCKET COUNT` for the time from accept to exec of programs, oldest_peer while a
 *             connection is active, and board, a letter of worker_state_letters a slot
 *   workers   for each pool, whose `pool NAME` may come several times, a line for each worker:
 *             `worker SLOT PID GENERATION STATE SINCE_NS CONNECTIONS PEER`. SINCE_NS is how long
 *             it has been in STATE; PEER is its client, perhaps with blanks, or `-`;
 *             behind it, in a pool that runs programs, `program PID` or `program -`;
 *             and `says TEXT` where a resident program has said something (sd_notify(3), STATUS)
 *   sources   for each pool, or for one alone, `pool NAME` as for workers, and lines
 *             `source CONNECTIONS REFUSED SOURCE`, which are to be added up by SOURCE: an address,
 *             a network, `user:NUMBER` or `unknown`. CONNECTIONS is how many it has now,
 *             REFUSED how many were refused by max_per_source and max_rate_per_source, `-` where
 *             the pool has neither
 *   diff      `line TEXT` for each line of what a reload would do, none where the file says what is
 *             running; or failed, as for reload
 *   reload    generation: the one in force now; or failed, once for each reason, and nothing has
 *             changed
 *   upgrade   pid: the process in charge now; or failed, as for reload
 *   stop      served, cut, refused: numbers of connections, once all pools have stopped;
 *             cut_earlier: how many were cut by deadlines and with their workers, not by the stop;
 *             unseen: how many pools had resident programs, whose connections nothing has counted,
 *             if any had: refused alone includes them, and where all had the others are left out
 *   scale     workers: the number that the pool is going to have; noun, as in status
 *   reopen    nothing
 *   ping      pid: the process in charge; config: its configuration file, from the root
 */
#ifndef PREFORKD_COMMON_CONTROL_PROTOCOL_H
#define PREFORKD_COMMON_CONTROL_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>

enum { COMMAND_SIZE = 256 }; /* of a command line, with its newline */

enum command_id {
    COMMAND_STATUS,
    COMMAND_WORKERS,
    COMMAND_SOURCES,
    COMMAND_DIFF,
    COMMAND_RELOAD,
    COMMAND_UPGRADE,
    COMMAND_STOP,
    COMMAND_SCALE,
    COMMAND_REOPEN,
    COMMAND_PING,
    COMMANDS
};

struct command_syntax {
    const char *name;
    const char *words; /* that may follow, as usage text */
    size_t words_min, words_max;
    bool is_for_readers; /* the users and groups of the key control_readers may give it too */
};

extern const struct command_syntax commands[COMMANDS];

/* The names of all commands, ended by NULL. */
extern const char *const command_names[];

/* Return the command named NAME, or COMMANDS. */
enum command_id command_find(const char *name);

/* What a worker does, with its word in `workers` and its letter on the board. */
enum worker_state {
    WORKER_NONE, /* the slot has no worker; never in `workers` */
    WORKER_STARTING,
    WORKER_IDLE,
    WORKER_BUSY,
    WORKER_SPENT,   /* serves until its successor accepts */
    WORKER_LEAVING, /* finishes its connection */
    WORKER_RUNNING, /* a resident program: whether it is busy is not known */
    WORKER_STATES
};

extern const char *const worker_state_names[WORKER_STATES + 1];
extern const char worker_state_letters[WORKER_STATES + 1];

#endif
