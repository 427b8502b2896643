/*
 * feed: the answer that goes on: server-sent events, one a second, each with what has changed of
 * the master.
 */
#ifndef PREFORKD_CLIENT_WEB_FEED_H
#define PREFORKD_CLIENT_WEB_FEED_H

#include <stdbool.h>

#include "client/web/pages.h"

/* Send events until the client leaves, or the master does not answer, stops, is another one or has
 * been reloaded: the client comes again then, and where that master runs this process too, it keeps
 * no worker from its end. HEAD gets the head alone. Returns 0, or -1 with errno. */
int feed_send(const struct site *site, bool is_head);

#endif
