/*
 * listener: see listener.h.
 */
#include "server/net/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/net/accept_queue.h"
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

/* Close LISTENER, remove its socket file and release the lock. */
static void release(struct listener *listener)
{
    const char *path = endpoint_path(&listener->endpoint);

    listener_close(listener);
    if (path != NULL && listener_is_ours(listener))
        socket_file_remove(&listener->file, path);
    socket_file_release(&listener->file, path);
}

/* Fill LISTENER with one that listens as OPENING says. LOCK_FD holds the lock of its path, or is
 * -1. Returns 0; or -1 with FAILURE, and nothing is left open, LOCK_FD included. */
static int open_once(struct listener *listener, const struct opening *opening, int lock_fd,
                     struct failure *failure)
{
    const struct pool_config *config = opening->config;
    char name[ENDPOINT_TEXT_SIZE];

    *listener = (struct listener){.endpoint = *opening->endpoint,
                                  .asked = config->endpoint,
                                  .fd = -1,
                                  .file = {.lock_fd = lock_fd},
                                  .users = 1};
    if (bind_listener(listener, opening, failure) == 0) {
        if (listener_options_set_nonblocking(listener->fd) == 0 &&
            listener_options_apply(listener->fd, &listener->endpoint, config,
                                   opening->client_speaks_first) == 0)
            return 0;
        endpoint_print(&listener->endpoint, name);
        fail(failure, failure_status(errno), "cannot listen on %s: %s", name, strerror(errno));
    }
    release(listener);
    return -1;
}

/* Retry open_once() until PATIENCE_NS are over: no event tells when an address becomes free. */
static int open_patiently(struct listener *listener, const struct opening *opening,
                          int64_t patience_ns, struct failure *failure)
{
    struct timespec interval = {.tv_nsec = IN_USE_INTERVAL_NS};
    int64_t patient_until_ns = clock_now_ns() + patience_ns;

    while (open_once(listener, opening, -1, failure) < 0) {
        if (failure->status != STATUS_UNAVAILABLE || clock_now_ns() >= patient_until_ns)
            return -1;
        nanosleep(&interval, NULL);
        if (interval.tv_nsec < IN_USE_INTERVAL_MAX_NS)
            interval.tv_nsec *= 2; /* each attempt connects to the server that has the path */
    }
    return 0;
}

static struct listener *open_new(const struct opening *opening, int64_t patience_ns,
                                 struct failure *failure)
{
    struct listener *listener = malloc(sizeof(*listener));

    if (listener == NULL) {
        fail(failure, STATUS_SYSTEM, "no memory for a listener: %s", strerror(errno));
        return NULL;
    }
    if (open_patiently(listener, opening, patience_ns, failure) == 0)
        return listener;
    free(listener);
    return NULL;
}

struct listener *listener_open(const struct pool_config *config, bool client_speaks_first,
                               int64_t patience_ns, struct failure *failure)
{
    const struct opening opening = {config, client_speaks_first, false, &config->endpoint};

    return open_new(&opening, patience_ns, failure);
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
    listener = open_new(&opening, 0, failure);
    share_ports(others, count, false);
    share_ports(&listener, listener != NULL, false);
    return listener;
}

struct listener *listener_adopt(int fd, struct failure *failure)
{
    struct listener *listener = calloc(1, sizeof(*listener));

    if (listener != NULL) {
        *listener = (struct listener){.fd = fd, .file = {.lock_fd = -1}, .users = 1};
        if (endpoint_of_socket(&listener->endpoint, fd) == 0 &&
            listener_options_set_nonblocking(fd) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0) {
            listener->asked = listener->endpoint;
            return listener;
        }
    }
    fail(failure, STATUS_SYSTEM, "cannot use descriptor %d: %s", fd, strerror(errno));
    free(listener);
    return NULL;
}

bool listener_is_reachable(const struct listener *listener)
{
    const char *path = endpoint_path(&listener->endpoint);

    return listener->handed_in || (listener->fd >= 0 && !listener_is_shut_down(listener) &&
                                   (path == NULL || socket_file_is_there(&listener->file, path)));
}

/* Fill LISTENER with one in place of OLD. A socket file that is left refuses every client: it is
 * removed. Returns as open_once(). */
static int open_in_place(struct listener *listener, struct listener *old,
                         const struct opening *opening, int lock_fd, struct failure *failure)
{
    int result;

    if (endpoint_path(&old->endpoint) != NULL)
        socket_file_remove(&old->file, endpoint_path(&old->endpoint));
    share_ports(&old, 1, opening->beside);
    result = open_once(listener, opening, lock_fd, failure);
    share_ports(&old, 1, false);
    share_ports(&listener, result == 0, false);
    if (result == 0)
        listener_succeed(listener, old);
    return result;
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
    struct listener *listener = malloc(sizeof(*listener));

    if (listener == NULL || (has_lock && lock_fd < 0)) {
        fail(failure, STATUS_SYSTEM, "pool %s: no new socket: %s", config->name, strerror(errno));
        if (lock_fd >= 0)
            close(lock_fd);
    } else if (open_in_place(listener, old, &opening, lock_fd, failure) == 0) {
        return listener;
    }
    free(listener);
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
    return listener_hold(listener);
}

void listener_keep_nonblocking(const struct listener *listener)
{
    if (listener->fd >= 0 && listener_options_set_nonblocking(listener->fd) < 0)
        warn("cannot make a listener non-blocking");
}

void listener_adjust(struct listener *listener, const struct pool_config *config,
                     bool client_speaks_first)
{
    const char *path = endpoint_path(&listener->endpoint);

    if (listener_options_apply(listener->fd, &listener->endpoint, config, client_speaks_first) < 0)
        warn("pool %s: cannot change its listener's options", config->name);
    if (path != NULL && !listener->handed_in)
        socket_file_adjust(&listener->file, path, config);
}

int64_t listener_queued(const struct listener *listener)
{
    return accept_queue_count(listener->fd, &listener->endpoint);
}

void listener_retire(struct listener *listener)
{
    listener_unwatch(listener);
    if (endpoint_path(&listener->endpoint) != NULL)
        socket_file_remove(&listener->file, endpoint_path(&listener->endpoint));
    if (endpoint_is_unix(&listener->endpoint))
        shutdown(listener->fd, SHUT_RD);
    else if (listener_options_refuse(listener->fd, listener->endpoint.type) < 0)
        warn("cannot refuse new clients while those that wait are served");
}

uint64_t listener_close(struct listener *listener)
{
    int64_t queued;

    if (listener->fd < 0)
        return 0;
    queued = listener_queued(listener);
    if (queued == ACCEPT_QUEUE_UNKNOWN || listener->endpoint.type == SOCK_DGRAM)
        queued = 0;
    listener_unwatch(listener);
    close(listener->fd);
    listener->fd = -1;
    return (uint64_t)queued;
}

void listener_drop(struct listener *listener)
{
    if (--listener->users > 0)
        return;
    release(listener);
    free(listener->name);
    free(listener);
}
