/*
 * scoreboard: a pool's shared mapping, with a page of hints and a page for each worker.
 *
 * A worker writes its own page with plain stores; the master reads it. The master copies a value
 * once and uses it for figures and hints, never as an index, a length or a pid, for a worker that
 * was taken over may write anything here. Each worker unmaps the other workers' pages at birth.
 */
#ifndef PREFORKD_SERVER_WORKER_SCOREBOARD_H
#define PREFORKD_SERVER_WORKER_SCOREBOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/durations.h"
#include "common/endpoint.h"

/* The sums that a worker keeps and the master adds up. */
struct counters {
    _Atomic uint64_t accepted; /* connections, or datagrams received */
    _Atomic uint64_t requests; /* answered */
    _Atomic uint64_t bytes_in, bytes_out;
    _Atomic uint64_t timeouts; /* connections that the watchdog had cut */
    _Atomic uint64_t dropped;  /* datagrams that got no answer */
    _Atomic uint64_t log_lines_dropped;
    _Atomic uint64_t took[DURATION_BUCKETS]; /* how many connections took how long */
    _Atomic uint64_t took_sum_ns;
};

/* How many had been accepted when the first of a SECOND (of clock_now_ns) was. A worker keeps the
 * last of these; seconds without a caller have none. */
struct second {
    _Atomic int64_t second;
    _Atomic uint64_t accepted;
};

enum { SECONDS_KEPT = 64 }; /* each in its second modulo this */

struct worker_page {
    _Atomic uint32_t ready;      /* it accepts */
    _Atomic uint32_t spent;      /* it has served its number, and serves on until it is replaced */
    _Atomic uint32_t connection; /* the number of the one in hand; 0: idle */
    _Atomic int64_t began_ns;    /* by clock_now_ns(): it may be a tick ahead of a coarse reading */
    _Atomic int64_t
        moved_ns; /* when the last byte moved, either way; after the first a coarse one */
    struct counters counters;
    struct second seconds[SECONDS_KEPT];
    _Atomic uint64_t in_before, out_before; /* bytes_in and bytes_out when it began */
    union endpoint_address peer;
    socklen_t peer_length;
};

/* In ask_at: it was asked for growth, and nobody needs to ask again. */
#define HINT_ASKED UINT32_MAX

/* Written by everybody in the pool. */
struct pool_hints {
    _Atomic uint32_t busy;        /* of a pool that grows: workers with a connection in hand */
    _Atomic uint32_t ask_at;      /* likewise: whoever makes it more than so many asks for growth */
    _Atomic uint32_t asleep;      /* the master sleeps without a timer: wake it when busy */
    _Atomic int64_t drain_left;   /* a stop: how many queued callers are still owed an accept */
    _Atomic uint32_t drained;     /* a stop: somebody found the queue empty, or none owed */
    _Atomic uint32_t closing;     /* a stop: let go of the listener, whatever is in hand */
    _Atomic int64_t complained_s; /* when a worker last logged that accept failed */
    _Atomic uint64_t log_lines_dropped; /* by workers, not yet known to the master */
};

struct scoreboard;

/* Map the pages for a pool of WORKERS, zeroed; NULL with errno. */
struct scoreboard *scoreboard_create(size_t workers);
void scoreboard_destroy(struct scoreboard *board);

/* Have fork(2) leave BOARD to the child, or leave it out, as it is after scoreboard_create(): so a worker
 * never sees the pages of another pool. Returns 0, or -1 with errno. */
int scoreboard_inherit(const struct scoreboard *board, bool inherit);

struct pool_hints *scoreboard_hints(const struct scoreboard *board);
struct worker_page *scoreboard_page(const struct scoreboard *board, size_t slot);

/* In the worker of SLOT: unmap the pages of all other workers. The hints stay mapped. */
void scoreboard_keep_page(const struct scoreboard *board, size_t slot);

/* Print the peer of PAGE, which may be torn or forged, as endpoint_print_peer does. */
void scoreboard_print_peer(const struct worker_page *page, char text[ENDPOINT_TEXT_SIZE]);

/* Plain loads and stores, for one writer needs no more. */
static inline uint64_t counter_read(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static inline void counter_add(_Atomic uint64_t *counter, uint64_t more)
{
    atomic_store_explicit(counter, counter_read(counter) + more, memory_order_relaxed);
}

/* Add what FROM counted to TO. */
void counters_merge(struct counters *to, const struct counters *from);

#endif
