/*
 * listener: see listener.h.
 */
#include "server/net/listener.h"

#include <fcntl.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/net/accept_queue.h"

#define IN_USE_INTERVAL_NS     (5 * NS_PER_MS)
#define IN_USE_INTERVAL_MAX_NS (80 * NS_PER_MS)

enum { DEFER_ACCEPT_AUTO_S = 5, DATAGRAM_MEMORY_MIN = 256 };

/* Say so when the kernel gives the accept queue less than was asked (listen(2)). */
static void warn_capped(const struct pool_config *config)
{
    FILE *file = fopen("/proc/sys/net/core/somaxconn", "re");
    int limit = 0;

    if (file == NULL)
        return;
    if (config->type == SOCK_STREAM && fscanf(file, "%d", &limit) == 1 && limit < config->backlog)
        warnx("pool %s: backlog %lld is capped to %d by net.core.somaxconn", config->name,
              (long long)config->backlog, limit);
    fclose(file);
}

static int set_option(const struct listener *listener, int level, int name, int value)
{
    return setsockopt(listener->fd, level, name, &value, sizeof(value));
}

/* How long the kernel may hold a caller back, in whole seconds; 0: not at all. */
static int defer_accept_s(const struct pool_config *config, bool client_speaks_first)
{
    if (config->defer_accept_ns == DEFER_ACCEPT_AUTO)
        return client_speaks_first ? DEFER_ACCEPT_AUTO_S : 0;
    return (int)((config->defer_accept_ns + NS_PER_S - 1) / NS_PER_S);
}

/* Accepted sockets inherit TCP_NODELAY: an answer leaves at once, whatever went before it. */
static int set_options(const struct listener *listener, const struct pool_config *config,
                       bool client_speaks_first)
{
    bool inet6 = listener->endpoint.address.any.sa_family == AF_INET6;
    int defer_s = defer_accept_s(config, client_speaks_first);

    if (config->mode == MODE_UNIX)
        return 0;
    /* Of one address the answers come from there anyway; to be told it costs each datagram. */
    if (config->type == SOCK_DGRAM && !endpoint_is_any(&listener->endpoint))
        return 0;
    if (config->type == SOCK_DGRAM)
        return inet6 ? set_option(listener, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
                     : set_option(listener, IPPROTO_IP, IP_PKTINFO, 1);
    if (set_option(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, defer_s) < 0)
        return -1;
    return set_option(listener, IPPROTO_TCP, TCP_NODELAY, 1);
}

static int set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static int bind_listener(struct listener *listener, const struct pool_config *config,
                         struct failure *failure)
{
    const char *path = endpoint_path(&listener->endpoint);
    char name[ENDPOINT_TEXT_SIZE];

    if (path != NULL) {
        if (socket_file_claim(&listener->file, path, failure) < 0)
            return -1;
        listener->fd = socket_file_bind(&listener->file, &listener->endpoint, config, failure);
        return listener->fd < 0 ? -1 : 0;
    }
    listener->fd = endpoint_bind(&listener->endpoint);
    if (listener->fd >= 0)
        return 0;
    endpoint_print(&config->endpoint, name);
    return fail(failure, failure_status(errno), "cannot bind %s: %s", name, strerror(errno));
}

/* Close it, remove the socket file and give up the lock. */
static void release(struct listener *listener)
{
    listener_close(listener);
    if (endpoint_path(&listener->endpoint) != NULL && listener_is_ours(listener))
        socket_file_remove(&listener->file, endpoint_path(&listener->endpoint));
    socket_file_release(&listener->file, endpoint_path(&listener->endpoint));
}

/* LOCK_FD is that of the path, held already, or -1. */
static int open_once(struct listener *listener, const struct pool_config *config,
                     bool client_speaks_first, int lock_fd, struct failure *failure)
{
    char name[ENDPOINT_TEXT_SIZE];

    *listener = (struct listener){.endpoint = config->endpoint,
                                  .asked = config->endpoint,
                                  .fd = -1,
                                  .file = {.lock_fd = lock_fd},
                                  .users = 1};
    if (bind_listener(listener, config, failure) == 0) {
        if (set_options(listener, config, client_speaks_first) == 0 &&
            set_nonblocking(listener->fd) == 0 &&
            (config->type != SOCK_STREAM || listen(listener->fd, (int)config->backlog) == 0))
            return 0;
        endpoint_print(&listener->endpoint, name);
        fail(failure, failure_status(errno), "cannot listen on %s: %s", name, strerror(errno));
    }
    release(listener);
    return -1;
}

/* 0, or -1 with FAILURE and nothing left open. */
static int open_patiently(struct listener *listener, const struct pool_config *config,
                          bool client_speaks_first, int64_t patience_ns, struct failure *failure)
{
    struct timespec interval = {.tv_nsec = IN_USE_INTERVAL_NS};
    int64_t patient_until_ns = clock_now_ns() + patience_ns;

    while (open_once(listener, config, client_speaks_first, -1, failure) < 0) {
        if (failure->status != STATUS_UNAVAILABLE || clock_now_ns() >= patient_until_ns)
            return -1;
        nanosleep(&interval, NULL); /* the kernel has no event for an address that gets free */
        if (interval.tv_nsec < IN_USE_INTERVAL_MAX_NS)
            interval.tv_nsec *= 2; /* each try is a call to whoever has it */
    }
    return 0;
}

struct listener *listener_open(const struct pool_config *config, bool client_speaks_first,
                               int64_t patience_ns, struct failure *failure)
{
    struct listener *listener = malloc(sizeof(*listener));

    if (listener == NULL) {
        fail(failure, STATUS_SYSTEM, "no memory for a listener: %s", strerror(errno));
        return NULL;
    }
    if (open_patiently(listener, config, client_speaks_first, patience_ns, failure) < 0) {
        free(listener);
        return NULL;
    }
    warn_capped(config);
    return listener;
}

struct listener *listener_adopt(int fd, struct failure *failure)
{
    struct listener *listener = calloc(1, sizeof(*listener));

    if (listener != NULL) {
        *listener = (struct listener){.fd = fd, .file = {.lock_fd = -1}, .users = 1};
        if (endpoint_of_socket(&listener->endpoint, fd) == 0 && set_nonblocking(fd) == 0 &&
            fcntl(fd, F_SETFD, FD_CLOEXEC) == 0) {
            listener->asked = listener->endpoint;
            return listener;
        }
    }
    fail(failure, STATUS_SYSTEM, "cannot use descriptor %d: %s", fd, strerror(errno));
    free(listener);
    return NULL;
}

bool listener_is_for(const struct listener *listener, const char *owner,
                     const struct pool_config *config)
{
    if (listener->endpoint.type != config->endpoint.type)
        return false;
    if (endpoint_equal(&listener->endpoint, &config->endpoint))
        return true;
    if (strcmp(owner, config->name) != 0)
        return false;
    return endpoint_equal(&listener->asked, &config->endpoint) ||
           (listener->handed_in &&
            endpoint_is_unix(&listener->endpoint) == (config->mode == MODE_UNIX));
}

/* Whether callers can reach LISTENER: its file, if it has one, is still there. */
static bool is_reachable(const struct listener *listener)
{
    const char *path = endpoint_path(&listener->endpoint);

    return path == NULL || listener->handed_in || socket_file_is_there(&listener->file, path);
}

/* A listener where OLD was. */
static struct listener *renew(struct listener *old, const struct pool_config *config,
                              bool client_speaks_first, struct failure *failure)
{
    int lock_fd = fcntl(old->file.lock_fd, F_DUPFD_CLOEXEC, 0); /* the same lock, flock(2) */
    struct listener *listener = malloc(sizeof(*listener));

    if (lock_fd < 0 || listener == NULL) {
        fail(failure, STATUS_SYSTEM, "pool %s: no new socket: %s", config->name, strerror(errno));
        if (lock_fd >= 0)
            close(lock_fd);
    } else if (open_once(listener, config, client_speaks_first, lock_fd, failure) == 0) {
        return listener;
    }
    free(listener);
    return NULL;
}

struct listener *listener_share(struct listener *listener, const struct pool_config *config,
                                bool client_speaks_first, struct failure *failure)
{
    if (!is_reachable(listener))
        return renew(listener, config, client_speaks_first, failure);
    listener->users++;
    return listener;
}

void listener_adjust(struct listener *listener, const struct pool_config *config,
                     bool client_speaks_first)
{
    if (set_options(listener, config, client_speaks_first) < 0 ||
        (config->type == SOCK_STREAM && listen(listener->fd, (int)config->backlog) < 0))
        warn("pool %s: cannot change its listener's options", config->name);
    if (endpoint_path(&listener->endpoint) != NULL && !listener->handed_in)
        socket_file_adjust(&listener->file, endpoint_path(&listener->endpoint), config);
    warn_capped(config);
}

/* No more datagrams than these wait on FD: each takes some memory of the kernel's. */
static int64_t datagram_queue_bound(int fd)
{
    uint32_t memory[SK_MEMINFO_VARS];
    socklen_t length = sizeof(memory);

    return getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &length) < 0
               ? 0
               : memory[SK_MEMINFO_RMEM_ALLOC] / DATAGRAM_MEMORY_MIN;
}

int64_t listener_queued(const struct listener *listener)
{
    struct queue_depth depth = {0};

    if (endpoint_is_unix(&listener->endpoint))
        return INT64_MAX;
    if (listener->endpoint.type != SOCK_STREAM)
        return datagram_queue_bound(listener->fd);
    accept_queue_look(listener->fd, &listener->endpoint, &depth);
    return depth.length;
}

void listener_retire(struct listener *listener)
{
    if (endpoint_path(&listener->endpoint) != NULL)
        socket_file_remove(&listener->file, endpoint_path(&listener->endpoint));
    if (endpoint_is_unix(&listener->endpoint))
        shutdown(listener->fd, SHUT_RD); /* the queued stay, newcomers are refused */
}

uint64_t listener_close(struct listener *listener)
{
    int64_t queued;

    if (listener->fd < 0)
        return 0;
    queued = listener_queued(listener);
    if (queued == INT64_MAX || listener->endpoint.type == SOCK_DGRAM)
        queued = 0;
    close(listener->fd);
    listener->fd = -1;
    return (uint64_t)queued;
}

void listener_disown(const struct listener *listener, bool own)
{
    if (!own && listener->fd >= 0)
        close(listener->fd);
    if (listener->file.lock_fd >= 0)
        close(listener->file.lock_fd);
}

void listener_drop(struct listener *listener)
{
    if (--listener->users > 0)
        return;
    release(listener);
    free(listener);
}
