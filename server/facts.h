/*
 * facts: what is known of the master and its pools, as the lines of a reply (common/commands.h).
 */
#ifndef PREFORKD_SERVER_FACTS_H
#define PREFORKD_SERVER_FACTS_H

#include "server/request.h"
#include "server/state.h"

/* Put the master's own facts into REQUEST's piece. */
void facts_print_master(const struct master *master, struct request *request);

/* Those of the pool that REQUEST is at, which it is past then. */
void facts_print_pool(const struct master *master, struct request *request);

/* As many of that pool's workers as there is room for; past the last it is at the next pool. */
void facts_print_workers(const struct master *master, struct request *request);

#endif
