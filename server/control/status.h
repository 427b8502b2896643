/*
 * status: the figures of the master and its pools, as lines of a reply (common/control_protocol.h).
 */
#ifndef PREFORKD_SERVER_CONTROL_STATUS_H
#define PREFORKD_SERVER_CONTROL_STATUS_H

#include "server/control/reply.h"
#include "server/master/master.h"

/* Add the lines about the master itself to REPLY. */
void status_print_master(const struct master *master, struct reply *reply);

/* Add the lines about the pool with that INDEX. */
void status_print_pool(const struct master *master, size_t index, struct reply *reply);

/* Add a line for each worker of that pool from slot FROM on, as far as there is room. Returns the
 * slot to go on with; 0 after the last. */
size_t status_print_workers(const struct master *master, size_t index, size_t from,
                            struct reply *reply);

#endif
