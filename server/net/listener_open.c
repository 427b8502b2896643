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

static MAY_FAIL bind_listener(struct listener *listener, const struct opening *opening,
                              struct failure *failure)
{
    const struct pool_config *config = opening->config;
    const char *path = endpoint_path(&listener->endpoint);
    char name[ENDPOINT_TEXT_SIZE];

    if (path != NULL) {
        const struct failed *failed = socket_file_claim(&listener->file, path, failure);

        return failed != NULL ? failed
                              : socket_file_bind(&listener->file, &listener->endpoint, config,
                                                 &listener->fd, failure);
    }
    listener->fd = opening->beside ? endpoint_bind_beside(&listener->endpoint)
                                   : endpoint_bind(&listener->endpoint);
    if (listener->fd >= 0)
        return NULL;
    endpoint_print(&config->endpoint, name);
    return fail(failure, failure_status(errno), "cannot bind %s: %s%s", name, strerror(errno),
                explain_bind(errno));
}

static MAY_FAIL start_listening(const struct listener *listener, const struct opening *opening,
                                struct failure *failure)
{
    char name[ENDPOINT_TEXT_SIZE];

    if (listener_options_set_blocking(listener->fd, listener->blocks) == 0 &&
        listener_options_apply(listener->fd, &listener->endpoint, opening->config,
                               opening->client_speaks_first) == 0)
        return NULL;
    endpoint_print(&listener->endpoint, name);
    return fail(failure, failure_status(errno), "cannot listen on %s: %s", name, strerror(errno));
}

/* Open a listener. LOCK_FD holds the lock of its path, or is -1. After a failure OPENED is NULL,
 * and nothing is left open, LOCK_FD included. */
static MAY_FAIL open_once(const struct opening *opening, int lock_fd, struct listener **opened,
                          struct failure *failure)
{
    struct listener *listener = malloc(sizeof(*listener));
    const struct failed *failed;

    *opened = NULL;
    if (listener == NULL) {
        failed = fail(failure, STATUS_SYSTEM, "no memory for a listener: %s", strerror(errno));
        if (lock_fd >= 0)
            close(lock_fd);
        return failed;
    }
    *listener = (struct listener){.endpoint = *opening->endpoint,
                                  .asked = opening->config->endpoint,
                                  .fd = -1,
                                  .blocks = opening->config->listener_blocks,
                                  .file = {.lock_fd = lock_fd},
                                  .users = 1};
    failed = bind_listener(listener, opening, failure);
    if (failed == NULL)
        failed = start_listening(listener, opening, failure);
    if (failed == NULL)
        *opened = listener;
    else
        listener_drop(listener);
    return failed;
}

/* Retry open_once() until PATIENCE_NS are over: no event tells when an address becomes free. */
static MAY_FAIL open_patiently(const struct opening *opening, int64_t patience_ns,
                               struct listener **opened, struct failure *failure)
{
    struct timespec interval = {.tv_nsec = IN_USE_INTERVAL_NS};
    int64_t patient_until_ns = clock_now_ns() + patience_ns;
    const struct failed *failed;

    while ((failed = open_once(opening, -1, opened, failure)) != NULL) {
        if (failure->status != STATUS_UNAVAILABLE || clock_now_ns() >= patient_until_ns)
            break;
        nanosleep(&interval, NULL);
        if (interval.tv_nsec < IN_USE_INTERVAL_MAX_NS)
            interval.tv_nsec *= 2; /* each attempt connects to the server that has the path */
    }
    return failed;
}

MAY_FAIL listener_open(const struct pool_config *config, bool client_speaks_first,
                       int64_t patience_ns, struct listener **opened, struct failure *failure)
{
    const struct opening opening = {config, client_speaks_first, false, &config->endpoint};

    return open_patiently(&opening, patience_ns, opened, failure);
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
MAY_FAIL listener_open_beside(const struct pool_config *config, bool client_speaks_first,
                              struct listener *const *others, size_t count,
                              struct listener **opened, struct failure *failure)
{
    const struct opening opening = {config, client_speaks_first, true, &config->endpoint};
    const struct failed *failed;

    share_ports(others, count, true);
    failed = open_once(&opening, -1, opened, failure);
    share_ports(others, count, false);
    share_ports(opened, *opened != NULL, false);
    return failed;
}

/* Open a listener in place of OLD, as open_once() does. A socket file that is left refuses every
 * client: it is removed. */
static MAY_FAIL open_in_place(struct listener *old, const struct opening *opening, int lock_fd,
                              struct listener **opened, struct failure *failure)
{
    const struct failed *failed;

    if (endpoint_path(&old->endpoint) != NULL)
        socket_file_remove(&old->file, endpoint_path(&old->endpoint));
    share_ports(&old, 1, opening->beside);
    failed = open_once(opening, lock_fd, opened, failure);
    share_ports(&old, 1, false);
    share_ports(opened, *opened != NULL, false);
    if (failed == NULL)
        listener_succeed(*opened, old);
    return failed;
}

/* Open a listener in place of OLD, with a copy of its descriptor of the lock: both hold the lock
 * (flock(2)). */
static MAY_FAIL renew(struct listener *old, const struct pool_config *config,
                      bool client_speaks_first, struct listener **opened, struct failure *failure)
{
    const struct opening opening = {config, client_speaks_first, !endpoint_is_unix(&old->endpoint),
                                    &old->endpoint};
    bool has_lock = endpoint_path(&old->endpoint) != NULL;
    int lock_fd = has_lock ? fcntl(old->file.lock_fd, F_DUPFD_CLOEXEC, 0) : -1;

    if (!has_lock || lock_fd >= 0)
        return open_in_place(old, &opening, lock_fd, opened, failure);
    return fail(failure, STATUS_SYSTEM, "pool %s: no new socket: %s", config->name,
                strerror(errno));
}

MAY_FAIL listener_share(struct listener *listener, const struct pool_config *config,
                        bool client_speaks_first, struct listener **shared, struct failure *failure)
{
    const char *path = endpoint_path(&listener->endpoint);
    const struct failed *failed = NULL;

    if (!listener_is_reachable(listener) &&
        listener_listen_again(listener, config, client_speaks_first) < 0)
        return renew(listener, config, client_speaks_first, shared, failure);
    if (path != NULL && !listener->handed_in)
        failed = socket_file_check(path, config, failure);
    *shared = failed == NULL ? listener_hold(listener) : NULL;
    return failed;
}
