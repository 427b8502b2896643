/*
 * generations: the master's list of pools: those in force first, in the order of the configuration,
 * then those that are tried or retire.
 */
#ifndef PREFORKD_SERVER_MASTER_GENERATIONS_H
#define PREFORKD_SERVER_MASTER_GENERATIONS_H

#include <stddef.h>
#include <stdint.h>

#include "server/master/master.h"

/* Put POOL at the end. */
void generations_append(struct master *master, struct pool *pool);

/* Take POOL, which is in the list, out of it and close it. */
void generations_part_with(struct master *master, struct pool *pool);

/* POOL has retired: what it counted is its successor's, or, where its pool is no more, it is said;
 * with the last of a generation its configuration goes. */
void generations_bury(struct master *master, struct pool *pool);

/* All that is not in force has retired. */
void generations_bury_all(struct master *master);

/* A pool that is being tried, or NULL. */
struct pool *generations_candidate(const struct master *master);

/* How many generations are retiring. */
size_t generations_retiring(const struct master *master);

/* GENERATION is in force from now on. */
void generations_put_first(struct master *master, uint64_t generation);

#endif
