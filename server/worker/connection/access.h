/*
 * access: which clients are served, by the keys allow and deny: the stage between accept and the
 * service.
 */
#ifndef PREFORKD_SERVER_WORKER_CONNECTION_ACCESS_H
#define PREFORKD_SERVER_WORKER_CONNECTION_ACCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/config/config.h"
#include "server/worker/connection/access_table.h"
#include "server/worker/connection/connection.h"

/* Have the rules of TABLE decide, in a worker of the pool of CONFIG. SERVE is what comes after
 * them. */
void access_begin(const struct access_table *table, const struct pool_config *config,
                  void (*serve)(struct connection *connection, int fd));

/* Serve the stream FD if its client may call, or close it, counted and logged. The client has the
 * address page->peer, which may be that of a PROXY header; on a unix socket without such headers it
 * is the user and the groups with which it connected. */
void access_serve(struct connection *connection, int fd);

/* Return the user who connected the stream that is being served, where a rule has asked for it;
 * (uid_t)-1 elsewhere. */
uid_t access_user(void);

/* Return whether the datagram from page->peer may be served. One that may not is counted and
 * logged. */
bool access_admits_datagram(const struct connection *connection);

#endif
