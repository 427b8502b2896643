/*
 * listener_watch: see listener_watch.h.
 */
#include "server/net/listener_watch.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/net/listener_barrier.h"
#include "server/net/listener_options.h"

/* How long a listener that is opened anew again and again stays down at most, and after what time
 * without that the first interval holds again. */
#define INTERVAL_MAX_NS (10 * NS_PER_S)
#define FORGET_NS       (3 * INTERVAL_MAX_NS)

/* Clients are no event, and do not wake the master. The edge: a socket stays shut down. */
#define SHUTDOWN_ALONE (EPOLLRDHUP | EPOLLET)

/* Where the change fails, each client wakes the master until one succeeds. */
static void on_event(void *context, uint32_t events)
{
    struct listener *listener = context;

    if ((events & (EPOLLRDHUP | EPOLLHUP)) != 0)
        listener->is_down = true;
    if ((events & EPOLLIN) != 0) {
        listener->has_client = true;
        event_loop_change(listener->loop, listener->fd, SHUTDOWN_ALONE);
    }
}

void listener_watch(struct listener *listener, struct event_loop *loop)
{
    char name[ENDPOINT_TEXT_SIZE];

    if (listener->loop != NULL || listener->fd < 0)
        return;
    if (event_loop_add(loop, listener->fd, SHUTDOWN_ALONE, on_event, listener) < 0) {
        endpoint_print(&listener->endpoint, name);
        warn("cannot watch the listener %s", name);
        return;
    }
    listener->loop = loop;
}

int listener_await_client(struct listener *listener, struct event_loop *loop)
{
    char name[ENDPOINT_TEXT_SIZE];

    listener->has_client = false;
    listener_watch(listener, loop);
    if (listener->loop == NULL)
        return -1;
    if (event_loop_change(loop, listener->fd, EPOLLIN | SHUTDOWN_ALONE) == 0)
        return 0;
    endpoint_print(&listener->endpoint, name);
    warn("cannot watch the listener %s for clients", name);
    return -1;
}

void listener_unwatch(struct listener *listener)
{
    if (listener->loop != NULL)
        event_loop_remove(listener->loop, listener->fd);
    listener->loop = NULL;
}

bool listener_is_shut_down(const struct listener *listener)
{
    struct pollfd socket = {.fd = listener->fd, .events = POLLRDHUP};

    return listener->fd >= 0 && poll(&socket, 1, 0) == 1 &&
           (socket.revents & (POLLRDHUP | POLLHUP)) != 0;
}

bool listener_is_reachable(const struct listener *listener)
{
    const char *path = endpoint_path(&listener->endpoint);

    return listener->handed_in || (listener->fd >= 0 && !listener_is_shut_down(listener) &&
                                   listener_barrier(listener) == NULL &&
                                   (path == NULL || socket_file_is_there(&listener->file, path)));
}

/* Each one costs a generation of workers: a process that shuts them all down gets fewer and
 * fewer. */
void listener_succeed(struct listener *listener, const struct listener *old)
{
    int64_t now_ns = clock_coarse_ns();
    bool again = old->mended_ns != 0 && now_ns < old->mended_ns + FORGET_NS;

    listener->reported_ns = old->reported_ns;
    listener->mended_ns = now_ns;
    listener->interval_ns =
        again ? clock_earlier_ns(2 * old->interval_ns, INTERVAL_MAX_NS) : LISTENER_MEND_INTERVAL_NS;
}

/* A port that the kernel chose was given up with the shutdown: bind it again. bind(2) fails with
 * EINVAL where the socket still has its port. A unix socket whose file is gone takes a new one. */
static int bind_again(const struct listener *listener, const struct pool_config *config,
                      bool client_speaks_first)
{
    const struct endpoint *endpoint = &listener->endpoint;

    if (endpoint_is_unix(endpoint) || endpoint->type != SOCK_STREAM)
        return !listener_is_shut_down(listener) && listener_is_reachable(listener) ? 0 : -1;
    if (bind(listener->fd, &endpoint->address.any, endpoint->length) < 0 && errno != EINVAL)
        return -1;
    return listener_options_apply(listener->fd, endpoint, config, client_speaks_first);
}

int listener_listen_again(struct listener *listener, const struct pool_config *config,
                          bool client_speaks_first)
{
    if (listener->fd < 0)
        return -1;
    if (listener_barrier(listener) != NULL)
        listener_remove_barriers(listener);
    if (listener_barrier(listener) != NULL || bind_again(listener, config, client_speaks_first) < 0)
        return -1;
    listener->is_down = listener->is_reported = false;
    listener->barrier = NULL;
    listener->interval_ns = LISTENER_MEND_INTERVAL_NS;
    return 0;
}
