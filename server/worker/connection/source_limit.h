/*
 * source_limit: how many connections a source may have at once, and how fast they may come, by the
 * keys max_per_source and max_rate_per_source: the last stage between accept and the service.
 */
#ifndef PREFORKD_SERVER_WORKER_CONNECTION_SOURCE_LIMIT_H
#define PREFORKD_SERVER_WORKER_CONNECTION_SOURCE_LIMIT_H

#include <stdbool.h>

#include "common/config/config.h"
#include "server/scoreboard/source_board.h"
#include "server/worker/connection/connection.h"

/* Return whether a pool of CONFIG counts sources. */
bool source_limit_is_set(const struct pool_config *config);

/* Count by SHARE, in a worker of the pool of CONFIG that serves by CONNECTION. */
void source_limit_begin(const struct source_share *share, const struct pool_config *config,
                        struct connection *connection);

/* Serve the stream FD as connection_serve() does if its source may have one more, or close it,
 * counted and logged. The source is the address page->peer, which may be that of a PROXY header; on
 * a unix socket, where that is no inet address, the user who connected. */
void source_limit_serve(struct connection *connection, int fd);

/* Return whether the datagram from page->peer may be served. One that may not is counted and
 * logged. */
bool source_limit_admits_datagram(const struct connection *connection);

#endif
