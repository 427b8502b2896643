/*
 * listener_watch: a listener that another process has shut down (shutdown(2)). Workers, a successor
 * and a service manager have copies of its descriptor: what one of them does to the socket is done
 * for all.
 */
#ifndef PREFORKD_SERVER_NET_LISTENER_WATCH_H
#define PREFORKD_SERVER_NET_LISTENER_WATCH_H

#include <stdbool.h>

#include "common/event_loop.h"
#include "server/net/listener.h"

/* The first interval between one mend of a listener and the next. */
#define LISTENER_MEND_INTERVAL_NS (100 * NS_PER_MS)

/* Have LOOP set LISTENER's is_down when it is shut down, unless one does already. A failure is
 * logged. */
void listener_watch(struct listener *listener, struct event_loop *loop);

/* Have LOOP set LISTENER's has_client, once, when a client waits or comes; clear it until then.
 * Returns 0; -1 where the listener cannot be watched, which is logged. */
int listener_await_client(struct listener *listener, struct event_loop *loop);

/* Stop that, before this master closes LISTENER or shuts it down itself. */
void listener_unwatch(struct listener *listener);

/* Return whether LISTENER is shut down now. */
bool listener_is_shut_down(const struct listener *listener);

/* Return whether clients can reach LISTENER: its socket file, if it has one, is still there, and it
 * is neither shut down nor barred. For one that a service manager keeps open this master cannot do
 * more. */
bool listener_is_reachable(const struct listener *listener);

/* Have LISTENER, which was shut down or barred, listen again as CONFIG says. The connections that
 * were queued are lost where it was shut down. Returns 0; -1 where it cannot: after a shutdown only
 * inet streams can, and a locked filter stays. */
int listener_listen_again(struct listener *listener, const struct pool_config *config,
                          bool client_speaks_first);

/* Have LISTENER be the one that was opened in place of OLD: how often its address is opened anew,
 * and how often that is reported, goes on. */
void listener_succeed(struct listener *listener, const struct listener *old);

#endif
