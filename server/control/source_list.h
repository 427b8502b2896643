/*
 * source_list: whose connections a pool has, and how many of whose it has refused, as lines of a
 * reply (common/control_protocol.h).
 */
#ifndef PREFORKD_SERVER_CONTROL_SOURCE_LIST_H
#define PREFORKD_SERVER_CONTROL_SOURCE_LIST_H

#include "server/control/reply.h"
#include "server/master/master.h"

/* Add the lines about the pool with that INDEX, from FROM on, as far as there is room. Returns
 * where to go on; 0 after the last. */
size_t source_list_print(const struct master *master, size_t index, size_t from,
                         struct reply *reply);

#endif
