/*
 * listener: a pool's endpoint -> its listening descriptor, shared by all the pool's workers.
 */
#ifndef PREFORKD_SERVER_LISTENER_H
#define PREFORKD_SERVER_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config.h"
#include "server/failure.h"
#include "server/socket_file.h"

struct listener {
    struct endpoint endpoint; /* as bound: with the port that the kernel chose */
    int fd;                   /* non-blocking; -1: closed */
    struct socket_file file;  /* of a unix path */
};

/* Listen as CONFIG says; the kernel may hold callers back until their first byte where
 * CLIENT_SPEAKS_FIRST and the configuration leaves it open. 0, or -1 with FAILURE and nothing left
 * behind. An address in use is tried again for up to 0.8 s, for the workers of a master that was
 * killed may hold it a moment longer. */
int listener_open(struct listener *listener, const struct pool_config *config,
                  bool client_speaks_first, struct failure *failure);

/* How many callers are queued, at most; INT64_MAX where the kernel does not say (unix). */
int64_t listener_queued(const struct listener *listener);

/* Begin a stop: remove the socket file, and refuse newcomers where the kernel can do so without
 * losing the queued (unix). */
void listener_retire(struct listener *listener);

/* Close the descriptor: how many callers are known to be queued still, whom its last close resets. */
uint64_t listener_close(struct listener *listener);

/* In a worker: close LISTENER, another pool's, or, where OWN, only what is the master's of it. */
void listener_disown(const struct listener *listener, bool own);

/* Close it, remove the socket file and give up the lock. */
void listener_release(struct listener *listener);

#endif
