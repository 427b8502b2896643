/*
 * poller: sleeps until one of the requests under way can continue.
 *
 * To add a descriptor to epoll costs a system call, for a connection per request one each time. So
 * a request is fresh at first: the driver reads the oldest of the fresh in the hope that the reply
 * is there, a few are waited for with ppoll(2), and only larger numbers are added to epoll.
 * DESIGN.md has what that saves.
 */
#ifndef PREFORKD_CLIENT_LOAD_ENGINE_POLLER_H
#define PREFORKD_CLIENT_LOAD_ENGINE_POLLER_H

#include <stddef.h>

#include "client/load/engine/list.h"

enum { POLLER_AT_ONCE = 256 };

struct load_poller {
    int epoll;
    struct load_list fresh; /* not in the epoll yet; the oldest request first */
};

/* SIGNALS is a signalfd to report as well. Returns 0, or -1 with errno; call load_poller_close in
 * both cases. */
int load_poller_open(struct load_poller *poller, int signals);

/* Report CONNECTION when its request can continue. */
void load_poller_add(struct load_poller *poller, struct load_connection *connection);

/* Stop reporting CONNECTION, which has no request under way; it stays open. */
void load_poller_forget(struct load_poller *poller, struct load_connection *connection);

/* Sleep for up to TIMEOUT_NS. READY gets up to POLLER_AT_ONCE connections: those whose request can
 * continue, and those without a request that the server closed; NULL stands for SIGNALS. Returns
 * how many. */
size_t load_poller_wait(struct load_poller *poller, int64_t timeout_ns,
                        struct load_connection **ready);

void load_poller_close(struct load_poller *poller);

#endif
