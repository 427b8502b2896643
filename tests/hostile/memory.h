/*
 * memory: attacks on the memory that a worker shares with its master and can write: its page, the
 * hints of its pool, the board of its clients' sources.
 */
#ifndef PREFORKD_TESTS_HOSTILE_MEMORY_H
#define PREFORKD_TESTS_HOSTILE_MEMORY_H

#include "server/service/service.h"

/* Look for all of it, before the sandbox forbids that. Returns NULL, or why there is none. */
const char *memory_start(const struct preforkd_operations *operations, const char *pool);

/* Random bytes over all of it: over the first 64 kB of each mapping at each call, over the rest in
 * turn. */
void memory_random(const struct connection *connection);

/* Each flag and number of the pool's hints is 1, then the most, then the least there is. */
void memory_hints(const struct connection *connection);

/* Say that the queue is drained and the listener to be closed, and that one worker is busy. */
void memory_flags(const struct connection *connection);

/* Stamps and counters at and beyond both ends of their range. */
void memory_page(const struct connection *connection);

#endif
