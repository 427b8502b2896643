/*
 * slots: the master's private table of a pool's workers. No policy, no I/O, and nothing in it that a
 * worker can write or even see: fork(2) leaves it out (madvise(2), MADV_DONTFORK), which also saves
 * each worker the copies of its pages that the master's next change would leave behind.
 *
 * A slot is free until a worker is forked for it, and free again once waitpid(2) has told of its
 * end: nothing else frees one.
 */
#ifndef PREFORKD_SERVER_POOL_SLOTS_H
#define PREFORKD_SERVER_POOL_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Spent: it serves until its successor accepts; leaving: it was told to leave. */
enum slot_state { SLOT_FREE, SLOT_STARTING, SLOT_READY, SLOT_SPENT, SLOT_LEAVING };

struct slot {
    pid_t pid;
    enum slot_state state;
    uint32_t late_connection; /* the one that was cut for its deadline; 0: none */
    int64_t late_ns;          /* when it was cut */
    int64_t stopped_ns;       /* since when a signal has held the worker; 0: it runs */
    int64_t started_ns;       /* when it was forked */
    bool killed;              /* the master sent SIGKILL */
};

struct slots {
    size_t capacity;       /* slots */
    size_t size;           /* of these, those that were ever used */
    size_t live;           /* not free */
    size_t ready;          /* of these, those that accept */
    size_t leaving;        /* and those that are not to stay: spent or leaving */
    unsigned int failures; /* workers in a row that failed: the backoff's measure */
    int64_t failed_ns;     /* when the last of these did */
    int64_t retry_ns;      /* no fork before; 0: at once */
    struct slot at[];
};

/* A table of CAPACITY free slots, or NULL with errno. */
struct slots *slots_create(size_t capacity);
void slots_destroy(struct slots *slots);

/* The first free slot at or after FROM, or pool->capacity. */
size_t slots_free_slot(const struct slots *slots, size_t from);

/* The slot of PID, or pool->size. */
size_t slots_find(const struct slots *slots, pid_t pid);

/* A worker with PID was forked for the free SLOT at NOW_NS. */
void slots_started(struct slots *slots, size_t slot, pid_t pid, int64_t now_ns);

/* The worker of SLOT accepts. */
void slots_accepts(struct slots *slots, size_t slot);

/* The worker of SLOT, which accepts, is to be replaced. */
void slots_spent(struct slots *slots, size_t slot);

/* The worker of SLOT, whatever it is at, was told to leave. */
void slots_leaves(struct slots *slots, size_t slot);

/* How many are to stay. */
size_t slots_staying(const struct slots *slots);

/* The worker of SLOT was reaped. */
void slots_ended(struct slots *slots, size_t slot);

/* A worker failed at NOW_NS: from the third in a row the next fork waits 1 s, then twice as long
 * each time, up to 60 s; two quiet minutes begin a new row. The wait in nanoseconds. */
int64_t slots_failed(struct slots *slots, int64_t now_ns);

/* A worker did its job: the row of failures is over. */
void slots_recovered(struct slots *slots);

#endif
