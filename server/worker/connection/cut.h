/*
 * cut: end the active connection from outside of its service: reads and sends fail from then on.
 * Signal handlers do that, so all of it is async-signal-safe.
 */
#ifndef PREFORKD_SERVER_WORKER_CONNECTION_CUT_H
#define PREFORKD_SERVER_WORKER_CONNECTION_CUT_H

#include <stdint.h>

#include "server/worker/connection/connection.h"

/* Cut connection NUMBER, if it is the active one, as its service says: its deadline is over. */
void connection_cut(struct connection *connection, uint32_t number);

/* Cut the active connection, for a stop and not for a deadline. */
void connection_abort(struct connection *connection);

#endif
