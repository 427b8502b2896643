/*
 * status: what is known of the master and its pools, as the lines of a reply (common/commands.h).
 */
#ifndef PREFORKD_SERVER_CONTROL_STATUS_H
#define PREFORKD_SERVER_CONTROL_STATUS_H

#include "server/control/reply.h"
#include "server/master/master.h"

/* Add the master's own facts to REPLY. */
void status_print_master(const struct master *master, struct reply *reply);

/* Those of the pool with that INDEX. */
void status_print_pool(const struct master *master, size_t index, struct reply *reply);

/* As many workers of that pool as there is room for, in slot FROM and behind it: the slot to go on with, 0
 * when that was the last. */
size_t status_print_workers(const struct master *master, size_t index, size_t from,
                            struct reply *reply);

#endif
