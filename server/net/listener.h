/*
 * listener: the socket on which a pool listens, shared by all its workers and, across a reload, by
 * pools of several generations.
 */
#ifndef PREFORKD_SERVER_NET_LISTENER_H
#define PREFORKD_SERVER_NET_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/config/config.h"
#include "common/failure.h"
#include "server/net/accept_queue.h"
#include "server/net/socket_file.h"

struct listener {
    struct endpoint endpoint; /* as bound: with the port that the kernel chose */
    struct endpoint asked;    /* as configured */
    int fd;                   /* -1: closed */
    bool blocks;              /* it is a blocking one, for a resident program */
    struct socket_file file;  /* of a unix path */
    size_t users;             /* how many hold it: pools, the control socket, struct inherited */
    char *name;               /* by which a service manager handed it in; NULL: it did not */
    bool handed_in;           /* a service manager has it too, and keeps it */
    bool shared;              /* another master has it too, and may keep it */
    struct event_loop *loop;  /* that watches it (listener_watch.h); NULL: none */
    bool has_client;          /* a client has come since listener_await_client() */
    bool is_down;             /* another process has shut it down, or keeps clients out */
    const char *barrier; /* the option by which it keeps them out (listener_barrier.h), or NULL */
    bool is_reported;    /* and the log says so */
    bool is_deferred;    /* and the log says that another one has to wait */
    int64_t reported_ns; /* when that was logged last; 0: never */
    int64_t mended_ns;   /* when it was made to listen again, or opened anew; 0: never */
    int64_t interval_ns; /* how long it stays down when it is shut down after that */
};

/* Make a listener with one user of FD, which is bound, and set it close-on-exec; blocking where it
 * BLOCKS, else non-blocking. It counts as configured for the address that it has, and its socket
 * file is never removed. After a failure FD stays open. */
MAY_FAIL listener_adopt(int fd, bool blocks, struct listener **adopted, struct failure *failure);

/* Add a user to LISTENER as it is. Returns it. */
static inline struct listener *listener_hold(struct listener *listener)
{
    listener->users++;
    return listener;
}

/* Return whether this master alone has the socket, so that it ends when the master and its workers
 * close it. */
static inline bool listener_is_ours(const struct listener *listener)
{
    return !listener->handed_in && !listener->shared;
}

/* Make LISTENER non-blocking, or blocking, as it was opened: O_NONBLOCK belongs to the open file
 * description, which each process that has the socket can change. A failure is logged with the name
 * of POOL. */
void listener_restore_blocking(const struct listener *listener, const char *pool);

/* Change LISTENER, which stays open, to what CONFIG says, as far as a socket in use allows.
 * Failures are logged. */
void listener_adjust(struct listener *listener, const struct pool_config *config,
                     bool client_speaks_first);

/* Return how many connections are queued; of datagrams 1 where there are any, else 0.
 * ACCEPT_QUEUE_UNKNOWN where the kernel does not say. */
int64_t listener_queued(const struct listener *listener);

/* Begin a stop: remove the socket file, and refuse new connections or datagrams; the queued ones
 * stay. Returns 0, or -1 if they cannot be refused. Where PROGRAMS accept, a unix socket is not
 * shut down, for they would get errors that they do not expect: without its file no client finds
 * it. */
int listener_retire(struct listener *listener, bool programs);

/* Close the descriptor. Returns how many connections are known to be queued still; the last close
 * of the socket resets them. */
uint64_t listener_close(struct listener *listener);

/* Remove a user of LISTENER. After the last one, close it, remove its socket file unless another
 * process has the socket too, release the lock, and free it. */
void listener_drop(struct listener *listener);

#endif
