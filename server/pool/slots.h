/*
 * slots: the master's private table of a pool's workers, without policy and without I/O. No worker
 * can write or see it: fork(2) leaves it out (madvise(2), MADV_DONTFORK), which also saves each
 * worker the copies of its pages that the master's next store would leave behind.
 *
 * A slot is free until a worker is forked for it, and free again once waitid(2) has reported that
 * the worker ended. Nothing else frees it.
 */
#ifndef PREFORKD_SERVER_POOL_SLOTS_H
#define PREFORKD_SERVER_POOL_SLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A spent worker serves until its successor accepts; a leaving one was asked to leave. */
enum slot_state { SLOT_FREE, SLOT_STARTING, SLOT_READY, SLOT_SPENT, SLOT_LEAVING };

struct slot {
    pid_t pid;
    pid_t former_pid; /* of the last worker that ended */
    enum slot_state state;
    uint32_t late_connection; /* number of the connection that was cut for its deadline; 0: none */
    int64_t late_ns;          /* when it was cut */
    int64_t reported_ns;      /* when a cut was logged; 0: never */
    uint32_t unreported;      /* cuts since then */
    int64_t stopped_ns;       /* since when a signal has kept the worker stopped; 0: it runs */
    int64_t started_ns;       /* when it was forked */
    int64_t idle_ns;          /* since when it is leaving without a connection; 0: it has one */
    uint32_t unsent;          /* signals that kill(2) failed to send: bit 1 << NUMBER each */
    size_t seat;              /* where its worker counts its sources, if the pool does */
    bool killed;              /* the master sent SIGKILL */
    bool forges;              /* it was logged that its counters cannot be true */
};

struct slots {
    const char *noun;      /* for the log: what a process of a slot is */
    size_t capacity;       /* number of slots */
    size_t size;           /* slots that were ever used: the first SIZE of AT */
    size_t live;           /* slots with a worker */
    size_t ready;          /* workers that accept and stay */
    size_t leaving;        /* workers that do not stay: spent or leaving */
    unsigned int failures; /* workers in a row that failed, by which the backoff grows */
    int64_t failed_ns;     /* when the last of these failed */
    int64_t retry_ns;      /* no fork before this time; 0: no backoff */
    int64_t resend_ns;     /* when to send again what is unsent; 0: nothing is */
    struct slot at[];
};

/* Returns a table of CAPACITY free slots, for processes that the log calls NOUN; or NULL with
 * errno. */
struct slots *slots_create(size_t capacity, const char *noun);
void slots_destroy(struct slots *slots);

/* Returns the first free slot at or after FROM; the capacity if there is none. */
size_t slots_free_slot(const struct slots *slots, size_t from);

/* Returns the slot of the worker PID; the size if there is none. */
size_t slots_find(const struct slots *slots, pid_t pid);

/* Record that the worker PID was forked for the free SLOT, whose seat is set, at NOW_NS. */
void slots_started(struct slots *slots, size_t slot, pid_t pid, int64_t now_ns);

/* Record that the worker of SLOT, which was starting, accepts. */
void slots_accepts(struct slots *slots, size_t slot);

/* Record that the worker of SLOT, which accepts, has to be replaced. */
void slots_spent(struct slots *slots, size_t slot);

/* Record that the worker of SLOT, in any state, was asked to leave. */
void slots_leaves(struct slots *slots, size_t slot);

/* Returns how many workers stay: starting or accepting ones. */
size_t slots_staying(const struct slots *slots);

/* Record that the worker of SLOT has ended: the slot is free. */
void slots_ended(struct slots *slots, size_t slot);

/* Send the signal NUMBER to the worker of SLOT. Where kill(2) fails, slots_resend() sends it
 * later. */
void slots_signal(struct slots *slots, size_t slot, int number);

/* Send at NOW_NS, when it is due, what could not be sent before. Returns when to call again;
 * NEVER_NS: nothing is unsent. */
int64_t slots_resend(struct slots *slots, int64_t now_ns);

/* Record that a worker failed at NOW_NS. From the third failure in a row on the next fork has to
 * wait 1 s, then twice as long each time, up to 60 s; two minutes without a failure end the row.
 * Returns the wait in nanoseconds. */
int64_t slots_failed(struct slots *slots, int64_t now_ns);

/* Record that a worker served: the row of failures is over. */
void slots_recovered(struct slots *slots);

#endif
