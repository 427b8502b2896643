/*
 * activity: what the workers of a pool do, and what they have counted, as their pages say; and how
 * many clients wait for them.
 */
#ifndef PREFORKD_SERVER_POOL_ACTIVITY_H
#define PREFORKD_SERVER_POOL_ACTIVITY_H

#include "server/net/accept_queue.h"
#include "server/pool/pool.h"
#include "server/scoreboard/reading.h"

/* Returns whether the worker of SLOT says that it has an active connection; and how many do. */
bool pool_worker_is_busy(const struct pool *pool, size_t slot);
size_t pool_count_busy(const struct pool *pool);

/* Returns whether the worker of SLOT, which has ended, took a connection with it that does not
 * count as cut at its deadline: that one is among the timeouts, though the worker did not react. */
bool pool_lost_connection(const struct pool *pool, size_t slot);

/* Read the length of POOL's accept queue into DEPTH and record its peak. Returns 0, or -1 where the
 * kernel does not say. */
int pool_read_queue(struct pool *pool, struct queue_depth *depth);

/* Returns what the worker of SLOT is doing, and what it has counted; what cannot be true is logged
 * once and left out. */
struct reading pool_read_worker(const struct pool *pool, size_t slot, int64_t now_ns);
const struct counters *pool_read_counters(const struct pool *pool, size_t slot, int64_t now_ns);

/* Returns what POOL has counted, its living workers included. */
struct totals pool_totals(const struct pool *pool, int64_t now_ns);

/* POOL's worker in SLOT has ended, or is waited for no longer: add what it has counted to the
 * totals and free its slot. */
void pool_free_slot(struct pool *pool, size_t slot, int64_t now_ns);

#endif
