/*
 * kind: what the slots of a pool run: workers of preforkd, or resident programs. All that differs
 * between the two for the master is in this table.
 */
#ifndef PREFORKD_SERVER_POOL_KINDS_KIND_H
#define PREFORKD_SERVER_POOL_KINDS_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct failure;
struct pool;
struct pool_config;

/* What the process of a slot is asked to do. */
enum kind_request {
    REQUEST_LEAVE,  /* finish what is active, then end */
    REQUEST_ACCEPT, /* try accept() once more: a wakeup may have been lost */
    REQUEST_CLOSE,  /* the queue is drained: close the listener, finish, and end */
    REQUEST_END,    /* a fast stop: end now, in order */
    REQUEST_KILL
};

struct pool_kind {
    const char *noun; /* what the log calls a process of a slot */

    /* The master sees which connections a process has, on its page of the scoreboard. */
    bool sees_clients;

    /* How long after kill_after a process may take to end, in a fast stop. */
    int64_t ends_within_ns;

    /* Prepare POOL, whose slots exist. Returns 0, or -1 with errno and something to close. NULL, as
     * for all that follow up to `run`: there is nothing to do. */
    int (*open)(struct pool *pool);
    void (*close)(struct pool *pool);

    /* A process is to be forked for SLOT. Returns 0, or -1 with errno. Then forked() follows: PID
     * is its number, -1 where there is none. */
    int (*prepare)(struct pool *pool, size_t slot);
    void (*forked)(struct pool *pool, size_t slot, pid_t pid);

    /* The process of SLOT has ended, and is not reaped yet: its slot is about to be free. */
    void (*ended)(struct pool *pool, size_t slot);

    /* Returns what the process of SLOT says of itself, printable text; NULL: it says nothing. */
    const char *(*says)(const struct pool *pool, size_t slot);

    /* Do what is due, and note on the pages which processes accept, and which are to be replaced.
     * Returns when to call again. */
    int64_t (*upkeep)(struct pool *pool, int64_t now_ns);

    /* Be the process of SLOT, which was forked for it, and never return. */
    __attribute__((noreturn)) void (*run)(const struct pool *pool, size_t slot);

    void (*ask)(struct pool *pool, size_t slot, enum kind_request request);

    /* Returns whether the end of the process of SLOT with STATUS is in order: where the process IS
     * LEAVING, as it was asked to, or where it was not. */
    bool (*is_in_order)(const struct pool *pool, size_t slot, int status, bool is_leaving);
};

/* Returns the kind of a pool of CONFIG. */
const struct pool_kind *kind_of(const struct pool_config *config);

extern const struct pool_kind kind_worker, kind_resident;

#endif
