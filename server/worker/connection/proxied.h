/*
 * proxied: connections that a proxy has made for its clients, each of which begins with a header of
 * the PROXY protocol (the key proxy_protocol).
 */
#ifndef PREFORKD_SERVER_WORKER_CONNECTION_PROXIED_H
#define PREFORKD_SERVER_WORKER_CONNECTION_PROXIED_H

#include "server/worker/connection/connection.h"

/* Prepare a worker of the pool of CONFIG, where proxy_protocol is required. SERVE is what comes
 * after the header. Returns 0, or -1 with errno. */
int proxied_begin(const struct pool_config *config,
                  void (*serve)(struct connection *connection, int fd));

/* Read the header of the stream FD, then serve it, with the client's address in place of the
 * proxy's. A connection that does not come from proxy_from, or without a
 * right header in time, ends here and is counted. */
void proxied_serve(struct connection *connection, int fd);

#endif
