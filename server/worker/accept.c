/*
 * accept: see accept.h.
 *
 * Every connection takes this path: tests/bench/instructions counts what it costs.
 */
#include "server/worker/accept.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/worker/connection/connection_log.h"
#include "server/worker/connection/datagram.h"

enum { ACCEPT_FAILURES_FORGIVEN = 4, ACCEPT_PAUSE_MS = 100, VAIN_WAKEUPS = 16 };

enum outcome { SERVED, NO_CLIENT, FAILED };

/* Signals, and other descriptors, wake as the listener does. */
enum source { SOURCE_LISTENER, SOURCE_LIFELINE };

static int watch(const struct worker *worker, int fd, uint32_t events, enum source source)
{
    struct epoll_event event = {.events = events, .data.u32 = source};

    return epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 && !worker->leaving ? -1 : 0;
}

/* EPOLLEXCLUSIVE wakes one idle worker for a connection, and of the idle ones the one that
 * registered first, whose caches are warm. */
static int watch_listener(const struct worker *worker)
{
    return watch(worker, worker->listener_fd, EPOLLIN | EPOLLEXCLUSIVE, SOURCE_LISTENER);
}

/* The lifeline's end of file is EPOLLHUP, which is reported unasked. */
int accept_open(struct worker *worker)
{
    worker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (worker->epoll_fd < 0 || watch(worker, worker->job.lifeline_fd, 0, SOURCE_LIFELINE) < 0)
        return -1;
    return watch_listener(worker);
}

int accept_watch(const struct worker *worker, int fd)
{
    return watch(worker, fd, EPOLLIN, SOURCE_LISTENER);
}

/* Register for the listener behind all other idle workers. A wakeup for a client that comes
 * meanwhile is not lost: to register looks at the queue. Returns as accept_open(). */
static int register_anew(const struct worker *worker)
{
    epoll_ctl(worker->epoll_fd, EPOLL_CTL_DEL, worker->listener_fd, NULL);
    return watch_listener(worker);
}

/* Sleep until something happens. *RETIRED becomes whether the lifeline is at its end. Returns 0, or
 * -1 with errno. The listener and the lifeline are two events. A signal to leave makes a third one,
 * but then `leaving` is set, and the lifeline does not matter; what else is watched delays it by a
 * turn. */
static int wait_for_events(const struct worker *worker, bool *retired)
{
    struct epoll_event events[2];
    int count = epoll_wait(worker->epoll_fd, events, 2, -1);

    *retired = (count > 0 && events[0].data.u32 == SOURCE_LIFELINE) ||
               (count > 1 && events[1].data.u32 == SOURCE_LIFELINE);
    return count < 0 && errno != EINTR ? -1 : 0;
}

/* Log that accept failed with errno: at most one line a second from the whole pool. */
static void complain(const struct worker *worker)
{
    int cause = errno;

    if (!connection_may_complain(&worker->job.hints->complained_s))
        return;
    errno = cause;
    warn("pool %s cannot accept", worker->job.config->name);
    connection_log_count_dropped(&worker->connection);
}

/* Judge why accept failed. EBADF: the listener is closed. EINVAL: it was shut down and its queue is
 * empty, for which other kernels say EAGAIN. EINTR: it blocked, for another process has cleared
 * O_NONBLOCK. Of the other errors some are of one connection, and some are of the system and can
 * last. All are tried again; after a few in a row not at once, for the listener stays readable and
 * the worker would spin. */
static enum outcome accept_failed(struct worker *worker)
{
    struct pollfd lifeline = {.fd = worker->job.lifeline_fd};

    if (errno == EAGAIN || errno == EBADF || errno == EINVAL || errno == EINTR)
        return NO_CLIENT;
    complain(worker);
    if (++worker->accept_failures > ACCEPT_FAILURES_FORGIVEN)
        poll(&lifeline, worker->draining ? 0 : 1, ACCEPT_PAUSE_MS);
    return FAILED;
}

/* Ask the master for a successor. It retires this worker once the successor accepts. */
static void ask_for_replacement(const struct worker *worker)
{
    atomic_store(&worker->job.page->spent, 1);
    connection_wake_master(&worker->connection);
}

static void note_accepted(struct worker *worker)
{
    worker->accept_failures = 0;
    if (--worker->connections_left == 0)
        ask_for_replacement(worker);
}

static inline enum outcome serve_stream(struct worker *worker)
{
    struct worker_page *page = worker->job.page;
    int fd;

    page->peer_length = sizeof(page->peer);
    fd = accept4(worker->listener_fd, &page->peer.any, &page->peer_length, SOCK_CLOEXEC);
    if (fd < 0)
        return accept_failed(worker);
    note_accepted(worker);
    worker->serve(&worker->connection, fd);
    return SERVED;
}

static enum outcome serve_datagram(struct worker *worker)
{
    if (datagram_serve(&worker->connection, worker->listener_fd, &worker->job.binding) < 0)
        return accept_failed(worker);
    note_accepted(worker);
    return SERVED;
}

/* Accept one connection, or receive one datagram, and serve it to its end. */
static enum outcome serve_one(struct worker *worker)
{
    return worker->job.config->type == SOCK_STREAM ? serve_stream(worker) : serve_datagram(worker);
}

/* Wait until UNTIL_NS for a client whose handshake had begun when new ones were refused. Returns
 * whether there is one. */
static bool wait_for_handshake(const struct worker *worker, int64_t until_ns)
{
    struct pollfd listener = {.fd = worker->listener_fd, .events = POLLIN};
    int64_t left_ns = until_ns - clock_now_ns();

    return !worker->leaving && left_ns > 0 &&
           poll(&listener, 1, (int)(left_ns / NS_PER_MS) + 1) == 1;
}

/* Serve what was queued when the generation was retired, then leave. */
static void drain(struct worker *worker)
{
    const struct pool_config *config = worker->job.config;
    bool is_inet_stream = config->mode == MODE_INET && config->type == SOCK_STREAM;
    int64_t until_ns = is_inet_stream ? clock_now_ns() + WORKER_HANDSHAKE_MS * NS_PER_MS : 0;

    worker->draining = true;
    while (worker->listener_fd >= 0 &&
           (serve_one(worker) != NO_CLIENT || wait_for_handshake(worker, until_ns)))
        ;
    atomic_store(&worker->job.hints->drained, 1);
    worker->leaving = 1;
}

/* Return whether the listener was shut down for a stop. It stays readable then: if the workers
 * returned to their epolls, they would all spin and keep the master from ending this. */
static bool is_shut_down(const struct worker *worker)
{
    struct pollfd listener = {.fd = worker->listener_fd, .events = POLLRDHUP};

    return atomic_load(&worker->job.hints->draining) != 0 && poll(&listener, 1, 0) == 1;
}

/* There was no client. Look now and then whether another process has shut the listener down, which
 * stays readable then: do not spin until the master has mended that. */
static void rest_if_down(struct worker *worker)
{
    struct pollfd listener = {.fd = worker->listener_fd, .events = POLLRDHUP};
    struct pollfd lifeline = {.fd = worker->job.lifeline_fd};

    if (++worker->vain_wakeups % VAIN_WAKEUPS == 0 && poll(&listener, 1, 0) == 1 &&
        (listener.revents & (POLLRDHUP | POLLHUP)) != 0)
        poll(&lifeline, 1, ACCEPT_PAUSE_MS);
}

void accept_prepare(const struct worker *worker)
{
    bool is_prepared = worker->job.service->idle->prepare(&worker->connection, &connection_ops);

    atomic_store_explicit(&worker->job.page->prepared, is_prepared, memory_order_relaxed);
}

/* Sleep until there is something to do. Returns whether the lifeline is at its end. A worker that
 * has to prepare for its connections takes turns with the others: the one that registered first
 * would never have the time to. */
static bool wait_for_work(const struct worker *worker)
{
    bool retired = false;

    if (worker->job.service->idle != NULL) {
        accept_prepare(worker);
        if (register_anew(worker) < 0)
            worker_give_up(worker, "cannot watch the listener with epoll");
    }
    if (wait_for_events(worker, &retired) < 0)
        worker_give_up(worker, "cannot wait with epoll");
    return retired;
}

/* Return whether a connection or a datagram waits. */
static bool has_client(const struct worker *worker)
{
    struct pollfd listener = {.fd = worker->listener_fd, .events = POLLIN};

    return poll(&listener, 1, 0) == 1;
}

/* Always try accept() once more before leaving: an exclusive wakeup may have gone to this worker
 * only. But look first, for accept() may block, and the signal to leave has passed. */
void accept_loop(struct worker *worker)
{
    while (!worker->leaving) {
        bool retired = wait_for_work(worker);

        if (worker->leaving && !has_client(worker))
            break;
        /* drain() also finds what was queued between this accept() and the shutdown. */
        if (!retired && serve_one(worker) != NO_CLIENT)
            continue;
        if (retired || is_shut_down(worker))
            drain(worker);
        else
            rest_if_down(worker);
    }
}
