/*
 * event: one function, and one fixed wording, for each event in the life of the server, so that
 * people and tests find it in the log.
 */
#ifndef PREFORKD_SERVER_EVENT_H
#define PREFORKD_SERVER_EVENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "server/net/accept_queue.h"
#include "server/net/listener.h"
#include "server/pool/totals.h"
#include "server/worker/scoreboard.h"

/* Whom a line about a worker is about. */
struct event_worker {
    const char *pool;
    size_t slot;
    pid_t pid;
};

/* The pool accepts. The line also goes to standard error, as text, where the log is elsewhere or
 * JSON. */
void event_ready(const char *pool, size_t workers, const struct endpoint *endpoint,
                 bool log_is_stderr);

/* A worker has begun to accept. */
void event_worker_accepts(const struct event_worker *who);

/* A worker was reaped with STATUS (waitpid(2)), after so many CONNECTIONS. */
void event_worker_ended(const struct event_worker *who, int status, uint64_t connections,
                        bool expected);

/* The pool's workers fail one after the other: the next fork waits. */
void event_backoff(const char *pool, unsigned int failures, int64_t wait_ns);

/* All BUSY workers that the pool may have are busy, and callers wait: QUEUE, NULL where the kernel
 * does not tell; or that is over. */
void event_full(const char *pool, size_t busy, const struct queue_depth *queue);
void event_full_over(const char *pool, int64_t lasted_ns);

/* fork(2) failed with ERROR: tried again until event_fork_works. */
void event_fork_failed(const char *pool, int error);
void event_fork_works(const char *pool);

/* What the watchdog did, with what the worker and its caller in PAGE are doing. */
void event_late(const struct event_worker *who, const struct worker_page *page, const char *why,
                int64_t now_ns);
void event_unresponsive(const struct event_worker *who, const struct worker_page *page,
                        int64_t now_ns);
void event_stopped_worker_killed(const struct event_worker *who, int64_t stopped_ns);

/* A reload: GENERATION is in force; or nothing has changed, because of WHY, which may have lines. */
void event_reloaded(uint64_t generation);
void event_reload_failed(const char *why);

/* An upgrade: SUCCESSOR is to take over; it has; or nothing has changed, because of WHY, as above. */
void event_upgrading(const char *executable, pid_t successor);
void event_upgraded(pid_t successor);
void event_upgrade_failed(const char *why);

/* It has ended while this master was ending, because of WHY. */
void event_successor_ended(const char *why);

/* In the successor: the listeners are ours, for PREDECESSOR said so, or died. */
void event_took_over(pid_t predecessor, bool died);

/* A pool of a generation before has no more time for its BUSY connections. */
void event_retired_fast(const char *pool, uint64_t generation, uint64_t busy);

/* The stop of all pools, BUSY connections being in hand. */
void event_stopping(uint64_t busy, int64_t timeout_ns);
void event_stopping_fast(const char *why, uint64_t busy);
void event_stopped(const char *pool, const struct totals *totals);

#endif
