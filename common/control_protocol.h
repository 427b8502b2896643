/*
 * control_protocol: the language of the control socket, spoken by the master and by preforkctl.
 *
 * A caller connects, sends one command, a line `NAME [WORD]...`, and reads the reply to its end of
 * file. A reply is lines. The first is `ok`, or `error STATUS WHY`, STATUS being what a program
 * should exit with (status.h), and then there is no other. Behind `ok` come facts, `NAME VALUE`,
 * and `end`; without `end` the reply is not all there. A VALUE is the rest of its line; `-` is one
 * that is not known. Facts behind `pool NAME` are that pool's, those before the first are the
 * master's. Names are only ever added.
 *
 *   status    pid, version, uptime_ns, phase (running, stopping), log_lines_dropped; of each pool
 *             endpoint, state, the figures of figures.h, `took BUCKET COUNT` (durations.h) for each
 *             bucket that has any, oldest_peer, and `board`, a letter for each slot (worker_state_letters)
 *   workers   of each pool, which may be named again, `worker SLOT PID GENERATION STATE SINCE_NS CONNECTIONS PEER`; SINCE_NS
 *             is how long it has been in that STATE, PEER its caller, who may have blanks, or `-`
 *   stop      `served`, `cut` and `refused` once all pools have stopped
 *   diff      `line`, what a reload would do, once for each line, or `failed`, as below
 *   reload    `generation`, the one in force now, or `failed` with a reason, once for each, and then nothing has changed
 *   upgrade   `pid`, the process that is in charge now, or `failed` likewise
 *   scale     `workers`, how many there are to be
 */
#ifndef PREFORKD_COMMON_CONTROL_PROTOCOL_H
#define PREFORKD_COMMON_CONTROL_PROTOCOL_H

#include <stddef.h>

enum { COMMAND_SIZE = 256 }; /* of a line, its newline included */

enum command_id {
    COMMAND_STATUS,
    COMMAND_WORKERS,
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
    const char *words; /* that may follow, for people */
    size_t words_min, words_max;
};

extern const struct command_syntax commands[COMMANDS];

/* The names, ended by NULL. */
extern const char *const command_names[];

/* The command of that NAME, or COMMANDS. */
enum command_id command_find(const char *name);

/* What a worker is at, by its word in `workers` and its letter on the board. */
enum worker_state {
    WORKER_NONE, /* a slot without one; never in `workers` */
    WORKER_STARTING,
    WORKER_IDLE,
    WORKER_BUSY,
    WORKER_SPENT,   /* it serves until its successor accepts */
    WORKER_LEAVING, /* it finishes its connection */
    WORKER_STATES
};

extern const char *const worker_state_names[WORKER_STATES + 1];
extern const char worker_state_letters[WORKER_STATES + 1];

#endif
