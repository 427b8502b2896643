/*
 * supervise: what the master has of the resident programs of a pool, and what is due for each:
 * whether it accepts by now, is too old, has missed its pulse, or stays though it was asked to
 * leave.
 */
#ifndef PREFORKD_SERVER_POOL_KINDS_SUPERVISE_H
#define PREFORKD_SERVER_POOL_KINDS_SUPERVISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/pool/kinds/notify.h"
#include "server/pool/kinds/output.h"

struct pool;
struct pool_config;

enum { STATUS_SIZE = 80 };

/* What the master has of a program. */
struct resident {
    struct output output;
    int64_t end_ns; /* when it is ended, as it was asked to leave and stays; NEVER_NS */
    int64_t kill_ns;
    bool is_ready;    /* it said so */
    bool is_late;     /* it did not in time, and is ended */
    bool has_lasted;  /* it serves, and has run for ready_after */
    int64_t pulse_ns; /* when it said last that it lives; NEVER_NS: it never did, and need not */
    char status[STATUS_SIZE];
};

struct residents {
    struct notify notify;
    size_t capacity;
    struct resident *at[]; /* by slot; NULL: there is no program */
};

/* Returns within what time a program of CONFIG has to say that it is ready, and that it lives. */
int64_t supervise_word_limit_ns(const struct pool_config *config);

/* Signal the program of SLOT, and its process group, which it may have left. */
void supervise_signal(struct pool *pool, size_t slot, int number);

/* Do what is due for the programs of POOL. Returns when to call again. */
int64_t supervise_continue(struct pool *pool, int64_t now_ns);

#endif
