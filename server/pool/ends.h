/*
 * ends: what the end of a pool's process says: logged, counted, and judged, as a failure may delay
 * the next fork.
 */
#ifndef PREFORKD_SERVER_POOL_ENDS_H
#define PREFORKD_SERVER_POOL_ENDS_H

#include <stddef.h>
#include <stdint.h>

#include "server/pool/pool.h"

/* Record STATUS, as waitpid(2) has it, of POOL's worker in SLOT: it stopped, continues, or has
 * ended, and then its slot is free. */
void ends_note_status(struct pool *pool, size_t slot, int status, int64_t now_ns);

#endif
