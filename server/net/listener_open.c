/*
 * listener_open: see listener_open.h.
 */
#include "server/net/listener_open.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "server/net/listener_options.h"
#include "server/net/listener_watch.h"

#define IN_USE_INTERVAL_NS     (5 * NS_PER_MS)
#define IN_USE_INTERVAL_MAX_NS (80 * NS_PER_MS)

/* What a listener is opened for. */
struct opening {
    const struct pool_config *config;
    bool client_speaks_first;
    bool beside;                     /* others have clients of its address */
    const struct endpoint *endpoint; /* to be bound */
};

/* Return what else ERROR, an errno of bind(2), means for an inet address; it may be empty. */
static const char *explain_bind(int error)
{
    switch (error) {
    case EADDRNOTAVAIL:
        return ": no interface of this host has it";
    case EACCES:
        return ": ports below net.ipv4.ip_unprivileged_port_start, 1024, need CAP_NET_BIND_SERVICE";
    default:
        return "";
    }
}

static int bind_listener(struct listener *listener, const struct opening *opening,
                         struct failure *failure)
{
    const struct pool_config *config = opening->config;
    const char *path = endpoint_path(&listener->endpoint);
    char name[ENDPOINT_TEXT_SIZE];

    if (path != NULL) {
        if (socket_file_claim(&listener->file, path, failure) < 0)
            return -1;
        listener->fd = socket_file_bind(&listener->file, &listener->endpoint, config, failure);
        return listener->fd < 0 ? -1 : 0;
    }
    listener->fd = opening->beside ? endpoint_bind_beside(&listener->endpoint)
                                   : endpoint_bind(&listener->endpoint);
    if (listener->fd >= 0)
        return 0;
    endpoint_print(&config->endpoint, name);
    return fail(failure, failure_status(errno), "cannot bind %s: %s%s", name, strerror(errno),
                explain_bind(errno));
}

static int start_listening(const struct listener *listener, const struct opening *opening,
                           struct failure *failure)
{
    char name[ENDPOINT_TEXT_SIZE];

    if (listener_options_set_nonblocking(listener->fd) == 0 &&
        listener_options_apply(listener->fd, &listener->endpoint, opening->config,
                               opening->client_speaks_first) == 0)
        return 0;
    endpoint_print(&listener->endpoint, name);
    return fail(failure, failure_status(errno), "cannot listen on %s: %s", name, strerror(errno));
}

/* Return a new listener. LOCK_FD holds the lock of its path, or is -1. Returns NULL with FAILURE,
 * and nothing is left open, LOCK_FD included. */
static struct listener *open_once(const struct opening *opening, int lock_fd,
                                  struct failure *failure)
{
    struct listener *listener = malloc(sizeof(*listener));

    if (listener == NULL) {
        fail(failure, STATUS_SYSTEM, "no memory for a listener: %s", strerror(errno));
        if (lock_fd >= 0)
            close(lock_fd);
        return NULL;
    }
    *listener = (struct listener){.endpoint = *opening->endpoint,
                                  .asked = opening->config->endpoint,
                                  .fd = -1,
                                  .file = {.lock_fd = lock_fd},
                                  .users = 1};
    if (bind_listener(listener, opening, failure) == 0 &&
        start_listening(listener, opening, failure) == 0)
        return listener;
    listener_drop(listener);
    return NULL;
}

/* Retry open_once() until PATIENCE_NS are over: no event tells when an address becomes free. */
static struct listener *open_patiently(const struct opening *opening, int64_t patience_ns,
                                       struct failure *failure)
{
    struct timespec interval = {.tv_nsec = IN_USE_INTERVAL_NS};
    int64_t patient_until_ns = clock_now_ns() + patience_ns;
    struct listener *listener;

    while ((listener = open_once(opening, -1, failure)) == NULL) {
        if (failure->status != STATUS_UNAVAILABLE || clock_now_ns() >= patient_until_ns)
            return NULL;
        nanosleep(&interval, NULL);
        if (interval.tv_nsec < IN_USE_INTERVAL_MAX_NS)
            interval.tv_nsec *= 2; /* each attempt connects to the server that has the path */
    }
    return listener;
}

struct listener *listener_open(const struct pool_config *config, bool client_speaks_first,
                               int64_t patience_ns, struct failure *failure)
{
    const struct opening opening = {config, client_speaks_first, false, &config->endpoint};

    return open_patiently(&opening, patience_ns, failure);
}

static void share_ports(struct listener *const *listeners, size_t count, bool share)
{
    for (size_t i = 0; i < count; i++) {
        if (!endpoint_is_unix(&listeners[i]->endpoint))
            listener_options_share_port(listeners[i]->fd, share);
    }
}

/* Ports are shared no longer than this takes: a process of the same user could take clients
 * away. */
struct listener *listener_open_beside(const struct pool_config *config, bool client_speaks_first,
                                      struct listener *const *others, size_t count,
                                      struct failure *failure)
{
    const struct opening opening = {config, client_speaks_first, true, &config->endpoint};
    struct listener *listener;

    share_ports(others, count, true);
    listener = open_once(&opening, -1, failure);
    share_ports(others, count, false);
    share_ports(&listener, listener != NULL, false);
    return listener;
}

/* Return a listener in place of OLD. A socket file that is left refuses every client: it is
 * removed. Returns as open_once(). */
static struct listener *open_in_place(struct listener *old, const struct opening *opening,
                                      int lock_fd, struct failure *failure)
{
    struct listener *listener;

    if (endpoint_path(&old->endpoint) != NULL)
        socket_file_remove(&old->file, endpoint_path(&old->endpoint));
    share_ports(&old, 1, opening->beside);
    listener = open_once(opening, lock_fd, failure);
    share_ports(&old, 1, false);
    share_ports(&listener, listener != NULL, false);
    if (listener != NULL)
        listener_succeed(listener, old);
    return listener;
}

/* Return a listener in place of OLD, with a copy of its descriptor of the lock: both hold the lock
 * (flock(2)). */
static struct listener *renew(struct listener *old, const struct pool_config *config,
                              bool client_speaks_first, struct failure *failure)
{
    const struct opening opening = {config, client_speaks_first, !endpoint_is_unix(&old->endpoint),
                                    &old->endpoint};
    bool has_lock = endpoint_path(&old->endpoint) != NULL;
    int lock_fd = has_lock ? fcntl(old->file.lock_fd, F_DUPFD_CLOEXEC, 0) : -1;

    if (!has_lock || lock_fd >= 0)
        return open_in_place(old, &opening, lock_fd, failure);
    fail(failure, STATUS_SYSTEM, "pool %s: no new socket: %s", config->name, strerror(errno));
    return NULL;
}

struct listener *listener_share(struct listener *listener, const struct pool_config *config,
                                bool client_speaks_first, struct failure *failure)
{
    const char *path = endpoint_path(&listener->endpoint);

    if (!listener_is_reachable(listener) &&
        listener_listen_again(listener, config, client_speaks_first) < 0)
        return renew(listener, config, client_speaks_first, failure);
    if (path != NULL && !listener->handed_in && socket_file_check(path, config, failure) < 0)
        return NULL;
    listener_hold(listener);
    return listener;
}
