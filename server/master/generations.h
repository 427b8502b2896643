/*
 * generations: the master's list of pools. Those in force come first, in the order of the
 * configuration, then those of a candidate generation and those that retire.
 */
#ifndef PREFORKD_SERVER_MASTER_GENERATIONS_H
#define PREFORKD_SERVER_MASTER_GENERATIONS_H

#include <stddef.h>
#include <stdint.h>

#include "server/master/master.h"

/* Open a pool for each section of CONFIG as GENERATION, and append them, as far as that can be done
 * until UNTIL_NS, by clock_now_ns(). They share the listeners that exist. An address in use is
 * retried for PATIENCE_NS. PLACEMENT, zeroed before the first call, has what is to be done yet.
 * DONE says whether all are open. FAILURE names the section, and those opened so far are in the
 * list. */
MAY_FAIL generations_open(struct master *master, struct config *config, uint64_t generation,
                          struct placement *placement, int64_t until_ns, int64_t patience_ns,
                          bool *done, struct failure *failure);

/* Active connections have TIMEOUT_NS in a stop from now on, those of pools that retire included. */
void generations_set_stop_timeout(struct master *master, int64_t timeout_ns);

/* Retire the pools of GENERATION. */
void generations_retire(struct master *master, uint64_t generation, int64_t now_ns);

/* Add POOL to the end of the list. */
void generations_append(struct master *master, struct pool *pool);

/* Take POOL, which has no worker, out of the list and close it. */
void generations_remove(struct master *master, struct pool *pool);

/* Put GENERATION, which is in the list, in force. */
void generations_promote(struct master *master, uint64_t generation);

/* Put CANDIDATE in force in place of the pool OLD, which retires at the end of the list. The other
 * pools in force become a part of the candidate's generation. */
void generations_renew(struct master *master, struct pool *old, struct pool *candidate,
                       int64_t now_ns);

/* Give the listeners that existed before their pools in force the options of these. */
void generations_adjust_listeners(struct master *master);

/* Go on with the pools that retire, and, unless MASTER stops, close those that have. Returns when
 * to call again at the latest; NOW_NS where it closed one, for a reload may have waited for
 * that. */
int64_t generations_continue(struct master *master, int64_t now_ns);

/* Close all pools that are not in force. They have retired. */
void generations_close_retired(struct master *master);

/* Returns a pool of the generation that is a candidate, or NULL. */
struct pool *generations_candidate(const struct master *master);

/* Returns how many generations are retiring because of a reload. */
size_t generations_count_retiring(const struct master *master);

/* Returns how many pools of that NAME are retiring because of a renewal. */
size_t generations_count_renewed(const struct master *master, const char *name);

/* Returns when the first retiring generation has ended at the latest; NEVER_NS where none has
 * to. */
int64_t generations_first_due_ns(const struct master *master);

/* Log what POOL has done in its life. */
void generations_log_stopped(const struct pool *pool);

#endif
