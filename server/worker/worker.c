/*
 * worker: see worker.h.
 */
#include "server/worker/worker.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/number.h"
#include "common/process_title.h"
#include "common/status.h"
#include "server/worker/connection.h"
#include "server/worker/connection_log.h"
#include "server/worker/datagram.h"
#include "server/worker/signals.h"

enum { ACCEPT_FAILURES_FORGIVEN = 4, ACCEPT_PAUSE_MS = 100 };

enum outcome { SERVED, NOBODY, FAILED };

enum wake_source { WAKE_CALLER, WAKE_LIFELINE }; /* a signal's wake-up is a caller's, too */

/* The end of a worker that cannot go on. _exit: what the master registered with atexit(3), or has
 * in its buffers, is not ours. */
static _Noreturn void give_up(const struct worker *worker, const char *what)
{
    log_line(LOG_ERROR, "%s: %s", what, strerror(errno));
    connection_log_count_dropped(&worker->connection);
    _exit(STATUS_SYSTEM);
}

/* Close the descriptors from FIRST to LAST. The loop is for kernels before Linux 5.9; musl has no wrapper
 * for the call. */
static void close_from_to(unsigned int first, unsigned int last)
{
    unsigned int end = (unsigned int)sysconf(_SC_OPEN_MAX);

    if (syscall(SYS_close_range, first, last, 0) == 0)
        return;
    for (unsigned int fd = first; fd <= last && fd < end; fd++)
        close((int)fd);
}

/* Close what is the master's: its epoll, locks, control socket, the other pools' listeners, and what
 * it inherited itself. A worker that held them would keep an address or a lock in use after the
 * master's death. */
static void close_descriptors_of_master(const struct worker_job *job)
{
    const int kept[] = {job->listener_fd, job->lifeline_fd, job->wake_fd, job->log.fd};
    unsigned int first = STDERR_FILENO + 1, next;

    do {
        next = UINT_MAX;
        for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
            unsigned int fd = (unsigned int)kept[i];

            if (fd >= first && fd < next)
                next = fd;
        }
        if (first < next)
            close_from_to(first, next - 1);
        first = next + 1;
    } while (next != UINT_MAX);
}

/* The master's death signals SIGNAL_CLOSE_LISTENER. A change of credentials clears that, so this comes
 * after the last one; a master that died before is noticed by its absence. */
static void follow_master(const struct worker *worker)
{
    if (prctl(PR_SET_PDEATHSIG, SIGNAL_CLOSE_LISTENER) < 0)
        give_up(worker, "cannot ask for a signal at the master's death");
    if (getppid() != worker->job.master)
        _exit(STATUS_OK);
}

static void watch(const struct worker *worker, int fd, uint32_t events, enum wake_source source)
{
    struct epoll_event event = {.events = events, .data.u32 = source};

    if (epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 && !worker->leaving)
        give_up(worker, "cannot watch a descriptor with epoll");
}

/* EPOLLEXCLUSIVE wakes one idle worker for a caller, and the one that registered first among them:
 * the warm one. The lifeline reports its end of file unasked (EPOLLHUP). */
static void open_epoll(struct worker *worker)
{
    worker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (worker->epoll_fd < 0)
        give_up(worker, "cannot create an epoll");
    watch(worker, worker->job.lifeline_fd, 0, WAKE_LIFELINE);
    watch(worker, worker->listener_fd, EPOLLIN | EPOLLEXCLUSIVE, WAKE_CALLER);
}

/* At most one line a second from the whole pool. */
static void complain(const struct worker *worker)
{
    int64_t now_s = clock_coarse_ns() / NS_PER_S;
    int64_t last_s = atomic_load(&worker->job.hints->complained_s);

    if (last_s == now_s ||
        !atomic_compare_exchange_strong(&worker->job.hints->complained_s, &last_s, now_s))
        return;
    warn("pool %s cannot accept", worker->job.config->name);
    connection_log_count_dropped(&worker->connection);
}

/* Why there was no caller. EBADF: the listener was let go; EINVAL: it was shut down and its queue is
 * empty, for which other kernels say EAGAIN. Of the failures some are one caller's and some are the
 * system's, which can last. All are tried again; after a few in a row not at once, for the listener
 * stays readable and epoll would spin. */
static enum outcome accept_failed(struct worker *worker)
{
    struct pollfd lifeline = {.fd = worker->job.lifeline_fd};

    if (errno == EAGAIN || errno == EBADF || errno == EINVAL)
        return NOBODY;
    complain(worker);
    if (++worker->accept_failures > ACCEPT_FAILURES_FORGIVEN)
        poll(&lifeline, worker->draining ? 0 : 1, ACCEPT_PAUSE_MS);
    return FAILED;
}

/* About as many as max_connections_per_worker says: a tenth of it differs from worker to worker, or
 * those who were forked together would be replaced together. */
static int64_t choose_callers(const struct worker *worker)
{
    int64_t most = worker->job.config->max_connections_per_worker;
    uint64_t now = (uint64_t)clock_now_ns();

    if (most == NUMBER_UNLIMITED)
        return most;
    return most - (int64_t)((now ^ (uint64_t)getpid() * 2654435761U) % (uint64_t)(most / 10 + 1));
}

static void tell_master(const struct worker *worker)
{
    static const uint64_t one = 1;

    if (write(worker->job.wake_fd, &one, sizeof(one)) < 0)
        return; /* its counter is full: the master has been told */
}

/* The master starts a successor, and retires us once that one accepts. */
static __attribute__((noinline)) void ask_to_be_replaced(const struct worker *worker)
{
    atomic_store(&worker->job.page->spent, 1);
    tell_master(worker);
}

/* One caller less is owed an accept. Only now: whoever sees that none is owed closes the listener. */
static inline void note_accepted(struct worker *worker, bool draining)
{
    worker->accept_failures = 0;
    if (--worker->callers_left == 0)
        ask_to_be_replaced(worker);
    if (draining)
        atomic_fetch_sub(&worker->job.hints->drain_left, 1);
}

/* Accept one caller and serve it to the end. DRAINING is a constant at both of its places, and so
 * costs the usual one nothing. */
static inline __attribute__((always_inline)) enum outcome serve_stream(struct worker *worker,
                                                                       bool draining)
{
    struct worker_page *page = worker->job.page;
    int fd;

    page->peer_length = sizeof(page->peer);
    fd = accept4(worker->listener_fd, &page->peer.any, &page->peer_length, SOCK_CLOEXEC);
    if (fd < 0)
        return accept_failed(worker);
    note_accepted(worker, draining);
    connection_serve(&worker->connection, fd);
    return SERVED;
}

static enum outcome serve_datagram(struct worker *worker, bool draining)
{
    if (datagram_serve(&worker->connection, worker->listener_fd, worker->job.port,
                       worker->job.any_address) < 0)
        return accept_failed(worker);
    note_accepted(worker, draining);
    return SERVED;
}

static inline __attribute__((always_inline)) enum outcome serve_one(struct worker *worker,
                                                                    bool draining)
{
    return worker->job.config->type == SOCK_STREAM ? serve_stream(worker, draining)
                                                   : serve_datagram(worker, draining);
}

/* The generation is retired: nobody who was queued by then goes unserved, and nobody who came
 * later keeps us. */
static __attribute__((noinline)) void drain(struct worker *worker)
{
    const struct pool_hints *hints = worker->job.hints;

    worker->draining = true;
    while (worker->listener_fd >= 0 && atomic_load(&hints->drain_left) > 0 &&
           serve_one(worker, true) != NOBODY)
        ;
    atomic_store(&worker->job.hints->drained, 1);
    worker->leaving = 1;
}

/* Whether the listener was shut down for a stop. It stays readable then: if every worker went back
 * to its epoll, they would all spin and keep the master from ending this. */
static bool is_shut_down(const struct worker *worker)
{
    struct pollfd listener = {.fd = worker->listener_fd, .events = POLLRDHUP};

    return atomic_load(&worker->job.hints->drain_left) != 0 && poll(&listener, 1, 0) == 1;
}

/* Sleep until something happens: whether the lifeline ended. A caller and that are two events, and
 * whom a signal told to leave need not know. */
static bool wait_for_work(const struct worker *worker)
{
    struct epoll_event events[2];
    int count = epoll_wait(worker->epoll_fd, events, 2, -1);

    if (count < 0 && errno != EINTR)
        give_up(worker, "cannot wait with epoll");
    return (count > 0 && events[0].data.u32 == WAKE_LIFELINE) ||
           (count > 1 && events[1].data.u32 == WAKE_LIFELINE);
}

/* Whatever woke us, we look for a caller before we leave: the kernel told nobody else of the one
 * that it may have told us of. */
static void accept_loop(struct worker *worker)
{
    while (!worker->leaving) {
        bool retired = wait_for_work(worker);

        if (retired || (serve_one(worker, false) == NOBODY && is_shut_down(worker)))
            drain(worker); /* those who came before the shutdown that was seen are in the queue */
    }
}

static void set_name(const struct worker_job *job)
{
    char name[16];

    snprintf(name, sizeof(name), "preforkd:%s", job->config->name);
    prctl(PR_SET_NAME, name);
    process_title_set("preforkd: pool %s, worker %zu", job->config->name, job->slot);
}

void worker_run(const struct worker_job *job)
{
    struct worker *worker;

    close_descriptors_of_master(job);
    log_open(&job->log);
    worker = signals_begin(job);
    set_name(job);
    follow_master(worker);
    open_epoll(worker);
    worker->callers_left = choose_callers(worker);
    atomic_store(&job->page->ready, 1);
    tell_master(worker);
    accept_loop(worker);
    _exit(STATUS_OK);
}
