/*
 * scoreboard: what workers publish, in a shared mapping for each pool: a page of hints, and a page
 * for each worker.
 *
 * A worker writes its own page with plain stores, and the master reads it; `late` goes the other
 * way. A worker sees no page but its own and the hints of its pool: it is forked without the
 * scoreboards of other pools, and unmaps the other pages of its own. A worker that an attacker
 * controls may write anything here. So the master copies a value once, clamps it (pool/reading.h),
 * and uses it for figures and hints, never as an index, a length or a pid.
 */
#ifndef PREFORKD_SERVER_SCOREBOARD_SCOREBOARD_H
#define PREFORKD_SERVER_SCOREBOARD_SCOREBOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/durations.h"
#include "common/endpoint.h"
#include "server/program/outcome.h"

/* What a worker has counted since it was forked. The master adds it up over the workers. */
struct counters {
    _Atomic uint64_t accepted;            /* connections, or datagrams received */
    _Atomic uint64_t requests;            /* answered */
    _Atomic uint64_t bytes_in, bytes_out; /* from clients, and to them */
    _Atomic uint64_t timeouts;            /* connections that were cut for a deadline */
    _Atomic uint64_t dropped;             /* datagrams that got no answer */
    _Atomic uint64_t log_lines_dropped;
    _Atomic uint64_t proxy_refused;  /* connections, for their PROXY header */
    _Atomic uint64_t health_checks;  /* connections of a proxy's own without a byte */
    _Atomic uint64_t access_refused; /* connections and datagrams, by allow and deny */
    _Atomic uint64_t source_refused; /* connections, by max_per_source */
    _Atomic uint64_t rate_refused;   /* connections and datagrams, by max_rate_per_source */
    _Atomic uint64_t programs[PROGRAM_OUTCOMES]; /* by how they ended */
    _Atomic uint64_t took[DURATION_BUCKETS];     /* connections, by how long they took */
    _Atomic uint64_t took_sum_ns;                /* how long all of them took */
    _Atomic uint64_t exec[DURATION_BUCKETS];     /* programs, by the time from accept to exec */
    _Atomic uint64_t exec_sum_ns;
};

/* One second of clock_now_ns() in which a connection began, and how many the worker had accepted
 * before. */
struct second {
    _Atomic int64_t second;
    _Atomic uint64_t accepted;
};

/* A worker keeps its last seconds, each at its number modulo this. */
enum { SECONDS_KEPT = 64 };

struct worker_page {
    _Atomic uint32_t ready;      /* the worker accepts */
    _Atomic uint32_t spent;      /* it has served max_connections_per_worker: replace it */
    _Atomic uint32_t prepared;   /* its service is, for the next connection */
    _Atomic uint32_t stopping;   /* it leaves, and its service's stop has not returned yet */
    _Atomic uint32_t connection; /* the number of its active connection; 0: idle */

    /* Until when the header of that connection's proxy may come: it is not accepted yet, its peer
     * is the proxy, and no other deadline is its own. 0: it is accepted. */
    _Atomic int64_t header_due_ns;

    /* When it began, by clock_now_ns(), which may be a tick ahead of clock_coarse_ns(); and when
     * its last byte moved, either way, by clock_coarse_ns(): at first the same. */
    _Atomic int64_t began_ns, moved_ns;

    /* The number of the connection that SIGNAL_DEADLINE is to cut. The master writes it: a number
     * in the signal would need memory of the kernel's (sigqueue(3)), which can be lacking. The
     * worker sets it to 0 when it has cut that one, and counted it. */
    _Atomic uint32_t late;

    /* The number of the last connection that was cut at a deadline. Who sets it first, the master
     * or the worker, logs the cut: two deadlines may be over at once. */
    _Atomic uint32_t cut;

    /* Where the worker is on the board of its pool (source_board.h). The master writes it before it
     * forks the worker, and does not read it. */
    uint32_t seat;

    struct counters counters;
    struct second seconds[SECONDS_KEPT];
    _Atomic uint64_t in_before, out_before; /* counters.bytes_in and bytes_out when it began */
    union endpoint_address peer;            /* its client; read it by scoreboard_print_peer() */
    socklen_t peer_length;
};

/* The value of ask_at once a worker has asked for more workers. */
#define HINT_ASKED UINT32_MAX

/* Written by the master and by all workers of a pool. What a worker writes has the master look, and
 * decides nothing. */
struct pool_hints {
    /* Only where workers is a range: how many of them have an active connection. The worker that
     * makes it more than ask_at asks the master for more workers. */
    _Atomic uint32_t busy, ask_at;

    _Atomic uint32_t asleep; /* the master sleeps without a timer: the next busy worker wakes it */

    _Atomic int64_t stop_timeout_ns; /* how long a worker goes on when the master has died */

    /* During a stop. */
    _Atomic uint32_t
        draining; /* the listener accepts no new client: leave once its queue is empty */
    _Atomic uint32_t drained; /* a worker found the queue empty */
    _Atomic uint32_t closing; /* the queue is drained: close the listener */
    _Atomic uint32_t ending;  /* a fast stop: end the program that runs, and leave */

    /* When a worker last logged a failure, in seconds: of its own, of a proxy's header, of a client
     * that may not call, or of a source that has too many; others may cause all but the first at
     * will. */
    _Atomic int64_t complained_s, header_complained_s, access_complained_s, source_complained_s;
    _Atomic uint32_t access_left_out; /* such clients since then, which no line names */
    _Atomic uint32_t source_left_out;

    _Atomic uint64_t log_lines_dropped; /* by workers, and not taken by the master yet */
};

struct scoreboard;

/* Map the pages for a pool of WORKERS, all zero. Returns NULL with errno on failure. */
struct scoreboard *scoreboard_create(size_t workers);

/* Unmap BOARD and free it. BOARD may be NULL. */
void scoreboard_destroy(struct scoreboard *board);

/* Have fork(2) leave BOARD to the child, or leave it out, as it is after scoreboard_create(): so a
 * worker never sees the pages of another pool. Returns 0, or -1 with errno. */
int scoreboard_inherit(const struct scoreboard *board, bool inherit);

/* Return the hints of the pool, or the page of the worker in SLOT. */
struct pool_hints *scoreboard_hints(const struct scoreboard *board);
struct worker_page *scoreboard_page(const struct scoreboard *board, size_t slot);

/* In the worker of SLOT: unmap the pages of all other workers. The hints stay mapped. */
void scoreboard_keep_page(const struct scoreboard *board, size_t slot);

/* Print the peer of PAGE as endpoint_print_peer does. The worker may have overwritten it halfway,
 * or forged it: then the text is wrong, and nothing else. */
void scoreboard_print_peer(const struct worker_page *page, char text[ENDPOINT_TEXT_SIZE]);

/* Read a counter, set it, or add to it. A counter has one writer, so plain loads and stores are
 * enough. */
static inline uint64_t counter_read(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static inline void counter_set(_Atomic uint64_t *counter, uint64_t value)
{
    atomic_store_explicit(counter, value, memory_order_relaxed);
}

static inline void counter_add(_Atomic uint64_t *counter, uint64_t more)
{
    counter_set(counter, counter_read(counter) + more);
}

/* Add what FROM counted to TO. */
void counters_merge(struct counters *to, const struct counters *from);

#endif
