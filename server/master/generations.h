/*
 * generations: the master's list of stations: those in force first, in the order of the configuration,
 * then those that are tried or retire.
 */
#ifndef PREFORKD_SERVER_MASTER_GENERATIONS_H
#define PREFORKD_SERVER_MASTER_GENERATIONS_H

#include <stddef.h>
#include <stdint.h>

#include "server/master/master.h"

/* Put STATION at the end. */
void generations_append(struct master *master, struct station *station);

/* Take STATION, which is in the list, out of it and close it. */
void generations_part_with(struct master *master, struct station *station);

/* STATION has retired: what it counted is its successor's, or, where its pool is no more, it is said;
 * with the last of a generation its configuration goes. */
void generations_bury(struct master *master, struct station *station);

/* All that is not in force has retired. */
void generations_bury_all(struct master *master);

/* A station that is being tried, or NULL. */
struct station *generations_candidate(const struct master *master);

/* How many generations are retiring. */
size_t generations_retiring(const struct master *master);

/* GENERATION is in force from now on. */
void generations_put_first(struct master *master, uint64_t generation);

#endif
