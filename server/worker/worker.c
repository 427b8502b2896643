/*
 * worker: see worker.h.
 */
#include "server/worker/worker.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/number.h"
#include "common/process_title.h"
#include "common/status.h"
#include "common/text.h"
#include "server/worker/connection/connection.h"
#include "server/worker/connection/connection_log.h"
#include "server/worker/connection/datagram.h"
#include "server/worker/connection/proxied.h"
#include "server/worker/descriptors.h"
#include "server/worker/oom.h"
#include "server/worker/signals.h"
#include "server/worker/worker_state.h"

enum { ACCEPT_FAILURES_FORGIVEN = 4, ACCEPT_PAUSE_MS = 100, VAIN_WAKEUPS = 16, TITLE_SIZE = 128 };

enum outcome { SERVED, NO_CLIENT, FAILED };

/* Log WHAT failed with errno, and exit. By _exit(2): what the master registered with atexit(3), or
 * has in its buffers, is not for a worker to run or flush. */
static _Noreturn void give_up(const struct worker *worker, const char *what)
{
    log_line(LOG_ERROR, "%s: %s", what, strerror(errno));
    connection_log_count_dropped(&worker->connection);
    _exit(STATUS_SYSTEM);
}

/* Close what is the master's: its epoll, its locks, the control socket, the listeners of other
 * pools. A worker that held them would keep addresses and locks in use after the master's death. */
static void close_descriptors_of_master(const struct worker_job *job)
{
    const int kept[] = {job->listener_fd, job->lifeline_fd, job->wake_fd, job->log.fd};

    descriptors_close_others(kept, sizeof(kept) / sizeof(kept[0]));
}

static void set_name(const struct worker_job *job)
{
    char name[16] = "preforkd:", title[TITLE_SIZE] = "preforkd: pool ";

    text_append(name, sizeof(name), job->config->name);
    prctl(PR_SET_NAME, name);
    text_append(title, sizeof(title), job->config->name);
    text_append(title, sizeof(title), ", worker ");
    text_append_number(title, sizeof(title), (int64_t)job->slot);
    process_title_copy(title);
}

/* Have the kernel send SIGNAL_CLOSE_LISTENER when the master dies. A change of credentials clears
 * that, so this comes after the last one. A master that died before is no longer the parent. */
static void follow_master(const struct worker *worker)
{
    if (prctl(PR_SET_PDEATHSIG, SIGNAL_CLOSE_LISTENER) < 0)
        give_up(worker, "cannot ask for a signal at the master's death");
    if (getppid() != worker->job.master)
        _exit(STATUS_OK);
}

/* Choose after how many connections the worker asks for a replacement: max_connections_per_worker,
 * less up to a tenth of it. Without that, workers that were forked together would be replaced
 * together. */
static int64_t choose_connections(const struct worker *worker)
{
    return number_vary(worker->job.config->max_connections_per_worker, clock_now_ns(), getpid());
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

static enum outcome serve_stream(struct worker *worker)
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
    if (datagram_serve(&worker->connection, worker->listener_fd, &worker->job) < 0)
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
    bool is_inet_stream = worker->job.port != 0 && worker->job.config->type == SOCK_STREAM;
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

/* Have the service prepare for its next connection. */
static void prepare(const struct worker *worker)
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
        prepare(worker);
        if (wake_register_anew(worker) < 0)
            give_up(worker, "cannot watch the listener with epoll");
    }
    if (wake_wait(worker, &retired) < 0)
        give_up(worker, "cannot wait with epoll");
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
static void accept_loop(struct worker *worker)
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

/* Prepare what comes between accept and the service. */
static void choose_serve(struct worker *worker)
{
    worker->serve = connection_serve;
    if (worker->job.config->proxy_protocol != PROXY_REQUIRED)
        return;
    worker->serve = proxied_serve;
    if (proxied_begin(worker->job.config, worker->job.service) < 0)
        give_up(worker, "cannot prepare for the PROXY protocol");
}

static void begin_service(struct worker *worker)
{
    const struct service *service = worker->job.service;

    if (service->begin != NULL && service->begin(worker->job.config) < 0)
        give_up(worker, "cannot prepare to run programs");
    if (service->idle == NULL)
        return;
    if (wake_watch(worker, service->idle->descriptor()) < 0)
        give_up(worker, "cannot watch a program with epoll");
    prepare(worker);
}

/* Have the service undo what it has prepared. That may take a while, in which the listener is not
 * to be held open. */
static void end_service(struct worker *worker)
{
    int fd = worker->listener_fd;

    if (worker->job.service->idle == NULL)
        return;
    worker->listener_fd = -1;
    if (fd >= 0)
        close(fd);
    worker->job.service->idle->end();
}

void worker_run(const struct worker_job *job)
{
    static struct worker worker = {.epoll_fd = -1}; /* in .data, as signals.c has it */

    log_open(&job->log);
    oom_go_first();
    close_descriptors_of_master(job);
    worker.job = *job;
    worker.listener_fd = job->listener_fd;
    connection_init(&worker.connection, job->config, job->service, job->page, job->hints, job->slot,
                    job->wake_fd);
    signals_begin(&worker);
    set_name(job);
    follow_master(&worker);
    if (wake_open(&worker) < 0)
        give_up(&worker, "cannot create an epoll");
    begin_service(&worker);
    choose_serve(&worker);
    worker.connections_left = choose_connections(&worker);
    atomic_store(&job->page->ready, 1);
    connection_wake_master(&worker.connection);
    accept_loop(&worker);
    end_service(&worker);
    _exit(STATUS_OK);
}
