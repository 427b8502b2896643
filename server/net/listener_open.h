/*
 * listener_open: open a listener, anew, beside others whose address overlaps, or in place of one
 * that clients cannot reach.
 */
#ifndef PREFORKD_SERVER_NET_LISTENER_OPEN_H
#define PREFORKD_SERVER_NET_LISTENER_OPEN_H

#include "common/clock.h"
#include "common/config/config.h"
#include "common/failure.h"
#include "server/net/listener.h"

/* How long a start waits for an address: the workers of a master that was killed may hold it a
 * moment longer. */
#define LISTENER_PATIENCE_NS (800 * NS_PER_MS)

/* Open a listener with one user, as CONFIG says; CLIENT_SPEAKS_FIRST as in listener_options.h.
 * While the address is in use, try again for up to PATIENCE_NS. A failure leaves nothing
 * behind, and in all of these the result is NULL then. */
MAY_FAIL listener_open(const struct pool_config *config, bool client_speaks_first,
                       int64_t patience_ns, struct listener **opened, struct failure *failure);

/* Open a listener with one user beside OTHERS, COUNT of them, with which its address overlaps. Of
 * an inet stream a client is given the listener with the narrowest address. */
MAY_FAIL listener_open_beside(const struct pool_config *config, bool client_speaks_first,
                              struct listener *const *others, size_t count,
                              struct listener **opened, struct failure *failure);

/* Add a user to LISTENER, whose file can get the owner of CONFIG. If clients cannot reach it, have
 * it listen again, or open another listener instead, which holds the same lock. SHARED is the one
 * or the other; after a failure LISTENER is as it was. */
MAY_FAIL listener_share(struct listener *listener, const struct pool_config *config,
                        bool client_speaks_first, struct listener **shared,
                        struct failure *failure);

#endif
