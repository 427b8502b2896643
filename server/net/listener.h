/*
 * listener: a pool's endpoint -> its listening descriptor, shared by all the pool's workers.
 */
#ifndef PREFORKD_SERVER_NET_LISTENER_H
#define PREFORKD_SERVER_NET_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/config/config.h"
#include "common/failure.h"
#include "server/net/socket_file.h"

struct listener {
    struct endpoint endpoint; /* as bound: with the port that the kernel chose */
    struct endpoint asked;    /* as it was asked for */
    int fd;                   /* non-blocking; -1: closed */
    struct socket_file file;  /* of a unix path */
    size_t users;             /* pools, and an inherited */
    bool handed_in;           /* a service manager has it too, and keeps it */
    bool shared;              /* another master has it too, and may keep it */
};

/* The workers of a master that was killed may hold its address a moment longer. */
#define LISTENER_PATIENCE_NS (800 * NS_PER_MS)

/* Listen as CONFIG says, for one pool; the kernel may hold callers back until their first byte
 * where CLIENT_SPEAKS_FIRST and the configuration leaves it open. NULL with FAILURE, and nothing left
 * behind. An address in use is tried again for up to PATIENCE_NS. */
struct listener *listener_open(const struct pool_config *config, bool client_speaks_first,
                               int64_t patience_ns, struct failure *failure);

/* How many callers are queued, at most; INT64_MAX where the kernel does not say (unix). */
int64_t listener_queued(const struct listener *listener);

/* Begin a stop: remove the socket file, and refuse newcomers where the kernel can do so without
 * losing the queued (unix). */
void listener_retire(struct listener *listener);

/* Close the descriptor: how many callers are known to be queued still, whom its last close resets. */
uint64_t listener_close(struct listener *listener);

/* In a worker: close LISTENER, another pool's, or, where OWN, only what is the master's of it. */
void listener_disown(const struct listener *listener, bool own);

/* The socket FD, which is bound, as a listener of one user, close-on-exec and non-blocking. What it was
 * asked for is what it has; its file is not ours. NULL with FAILURE. */
struct listener *listener_adopt(int fd, struct failure *failure);

/* Whether LISTENER, which the pool of the name OWNER has, is where CONFIG wants to listen. A port that
 * the kernel chose is kept by the pool that got it. One from a service manager, whose word counts, is
 * for the pool of its name, if mode and type are the same. */
bool listener_is_for(const struct listener *listener, const char *owner,
                     const struct pool_config *config);

/* LISTENER for one pool more; where its file is gone another one in its place, which has the same
 * lock. NULL with FAILURE, and LISTENER is as it was. */
struct listener *listener_share(struct listener *listener, const struct pool_config *config,
                                bool client_speaks_first, struct failure *failure);

/* Whether it ends when we close it. */
static inline bool listener_is_ours(const struct listener *listener)
{
    return !listener->handed_in && !listener->shared;
}

/* Have LISTENER, which goes on, be as CONFIG says, as far as a socket in use can; what fails is
 * logged. */
void listener_adjust(struct listener *listener, const struct pool_config *config,
                     bool client_speaks_first);

/* One user less has LISTENER. After the last one it is closed, its socket file removed where it is
 * ours, its lock given up, and it is no more. */
void listener_drop(struct listener *listener);

#endif
