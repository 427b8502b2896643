/*
 * reading: how the master reads numbers on the pages of workers. A worker may have written anything
 * there. So each value is copied once, and held against what a worker can have done since it was
 * forked.
 */
#ifndef PREFORKD_SERVER_SCOREBOARD_READING_H
#define PREFORKD_SERVER_SCOREBOARD_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/scoreboard/scoreboard.h"

/* More of anything that is counted no worker does in a second, nor moves more bytes. */
#define READING_COUNTS_PER_S_MAX (UINT64_C(10) * 1000 * 1000)
#define READING_BYTES_PER_S_MAX  (UINT64_C(1) << 37)

/* What a worker is doing. */
struct reading {
    uint32_t connection;          /* the number of its active connection; 0: idle */
    int64_t began_ns, moved_ns;   /* as on the page; between the fork and now */
    int64_t header_due_ns;        /* as on the page; not after now */
    uint64_t bytes_in, bytes_out; /* of the active connection */
};

/* Read PAGE, of a worker that was forked at FORKED_NS, at NOW_NS. */
struct reading reading_take(const struct worker_page *page, int64_t forked_ns, int64_t now_ns);

/* What each worker of a pool has counted, as far as it can be true. */
struct ledger;

/* Returns one for so many slots, or NULL with errno. No worker sees it. */
struct ledger *ledger_create(size_t slots);
void ledger_destroy(struct ledger *ledger);

/* Read the counters on PAGE, of the worker of SLOT, whose age is AGE_NS. One that has fallen since
 * it was read last, or is higher than a worker can have got in that time, stays as it was, and
 * *CREDIBLE becomes false. */
const struct counters *ledger_read(struct ledger *ledger, size_t slot,
                                   const struct worker_page *page, int64_t age_ns, bool *credible);

/* Forget what the worker of SLOT, which has ended, has counted. */
void ledger_clear(struct ledger *ledger, size_t slot);

#endif
