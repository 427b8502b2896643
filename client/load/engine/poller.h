/*
 * poller: the requests under way, and how to sleep until one of them can go on.
 *
 * A request enters epoll at the cost of a system call, and on a connection of its own it would
 * pay that every time. So it is fresh at first: the oldest of the fresh are read on the chance
 * that the reply is there, a few are slept on with poll(2), and only a crowd is put into epoll.
 * DESIGN.md has what that saves.
 */
#ifndef PREFORKD_CLIENT_LOAD_ENGINE_POLLER_H
#define PREFORKD_CLIENT_LOAD_ENGINE_POLLER_H

#include <stddef.h>

#include "client/load/engine/list.h"

enum { POLLER_AT_ONCE = 256 };

struct load_poller {
    int epoll;
    struct load_list fresh; /* in the order of their requests */
};

/* 0, or -1 with errno. SIGNALS is a descriptor that is watched all the time. */
int load_poller_open(struct load_poller *poller, int signals);

/* Watch CONNECTION, whose request cannot go on now. */
void load_poller_add(struct load_poller *poller, struct load_connection *connection);

/* Report CONNECTION, which has no request in hand, no longer; it stays open. */
void load_poller_forget(struct load_poller *poller, struct load_connection *connection);

/* Sleep for up to TIMEOUT_NS. READY gets up to POLLER_AT_ONCE connections: those whose request can
 * go on, and those without a request that the server closed; NULL stands for the signals. Returns
 * how many. */
size_t load_poller_wait(struct load_poller *poller, int64_t timeout_ns,
                        struct load_connection **ready);

void load_poller_close(struct load_poller *poller);

#endif
