/*
 * output: what a resident program writes to its standard output and error, as lines of the log. The
 * master reads it by its event loop, every few milliseconds while there is something, and drops
 * lines beyond the rate that all pools have: a flood delays neither the program nor the master.
 */
#ifndef PREFORKD_SERVER_POOL_KINDS_OUTPUT_H
#define PREFORKD_SERVER_POOL_KINDS_OUTPUT_H

#include <stdint.h>
#include <sys/types.h>

#include "common/event_loop.h"
#include "server/log/sink.h"
#include "server/program/error_lines.h"

struct output {
    struct event_loop *loop;
    struct log_sink *sink; /* counts lines that are dropped */
    pid_t pid;             /* of the program; 0: it does not run yet */
    bool is_watched;
    int64_t due_ns;    /* when to read; NEVER_NS: when the loop reports something */
    int64_t filled_ns; /* when the allowance grew last */
    bool is_muted;     /* the allowance is used up, and that was logged */
    struct error_lines lines;
};

/* Open OUTPUT, for a program of POOL. Returns 0, or -1 with errno and nothing open. */
int output_open(struct output *output, struct event_loop *loop, struct log_sink *sink,
                const char *pool);

/* The program PID has OUTPUT's write end: read what it writes from now on. */
void output_begin(struct output *output, pid_t pid);

/* Read what is due. Returns when to call again. */
int64_t output_continue(struct output *output, int64_t now_ns);

/* Log the rest, as the program has ended, and close OUTPUT. */
void output_close(struct output *output);

#endif
