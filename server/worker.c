/*
 * worker: see worker.h.
 *
 * A signal that says leave sets a flag, which is read after each connection, and makes the epoll
 * ready, so that one which comes between the look at the flag and the sleep is not slept over.
 */
#include "server/worker.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/number.h"
#include "common/status.h"
#include "server/connection.h"
#include "server/datagram.h"

enum { ACCEPT_FAILURES_FORGIVEN = 4, ACCEPT_PAUSE_MS = 100 };

enum outcome { SERVED, NOBODY, FAILED };

enum wake_source { WAKE_CALLER, WAKE_LIFELINE, WAKE_SIGNAL };

/* The process's own, for its signal handlers. */
static struct {
    const struct worker_job *job;
    struct connection connection;
    volatile sig_atomic_t listener_fd; /* -1: let go */
    volatile sig_atomic_t leaving;
    bool draining;
    int epoll_fd;
    unsigned int accept_failures; /* in a row */
} worker = {.listener_fd = -1, .epoll_fd = -1};

/* The end of a worker that cannot go on. _exit: what the master registered with atexit(3), or has
 * in its buffers, is not ours. */
static _Noreturn void give_up(const char *what)
{
    log_line(LOG_ERROR, "%s: %s", what, strerror(errno));
    _exit(STATUS_SYSTEM);
}

/* Wake the coming epoll_wait(2): an eventfd can always be written, so watching for that is an event
 * at once. epoll_ctl is a system call and nothing else, and a second one only fails. */
static void wake_self(void)
{
    struct epoll_event event = {.events = EPOLLOUT, .data.u32 = WAKE_SIGNAL};

    epoll_ctl(worker.epoll_fd, EPOLL_CTL_ADD, worker.job->wake_fd, &event);
}

static void leave(void)
{
    int cause = errno;

    worker.leaving = 1;
    wake_self();
    errno = cause;
}

static void on_retire(int number)
{
    (void)number;
    leave();
}

static void on_deadline(int number, siginfo_t *info, void *context)
{
    int cause = errno;

    (void)number;
    (void)context;
    if (info->si_code == SI_QUEUE && info->si_pid == worker.job->master)
        connection_cut(&worker.connection, (uint32_t)info->si_value.sival_int);
    errno = cause;
}

/* Without a master nobody watches the deadlines: one alarm is the last of them. */
static void set_last_deadline(void)
{
    int64_t timeout_ns = worker.job->stop_timeout_ns;

    if (timeout_ns != NUMBER_UNLIMITED)
        alarm((unsigned int)(timeout_ns / NS_PER_S) + 1);
}

static void on_let_go(int number)
{
    int cause = errno, fd = worker.listener_fd;
    bool orphaned = getppid() != worker.job->master;
    /* It is what a datagram in hand is answered through: then it goes with the process. */
    bool in_use =
        worker.job->config->type == SOCK_DGRAM && atomic_load(&worker.job->page->connection) != 0;

    (void)number;
    if (orphaned)
        set_last_deadline();
    if (fd >= 0 && (orphaned || atomic_load(&worker.job->hints->closing) != 0)) {
        if (!in_use) {
            worker.listener_fd = -1;
            close(fd);
        }
        leave();
    }
    errno = cause;
}

/* The terminal's signals reach the whole group and are the master's to answer; its own three are
 * handled; everything else is as exec(2) would have it, but that SIGPIPE stays ignored. */
static void set_signals(void)
{
    static const int ignored[] = {SIGINT, SIGQUIT, SIGHUP};
    struct sigaction action = {.sa_handler = SIG_IGN, .sa_flags = SA_RESTART};
    sigset_t nothing;

    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
        sigaction(ignored[i], &action, NULL);
    action.sa_handler = on_retire;
    sigaction(SIGNAL_RETIRE, &action, NULL);
    action.sa_handler = on_let_go;
    sigaction(SIGNAL_LET_GO, &action, NULL);
    action.sa_sigaction = on_deadline;
    action.sa_flags |= SA_SIGINFO;
    sigaction(SIGNAL_DEADLINE, &action, NULL);
    sigemptyset(&nothing);
    sigprocmask(SIG_SETMASK, &nothing, NULL);
}

/* The master's death signals SIGNAL_LET_GO. A change of credentials clears that, so this comes
 * after the last one; a master that died before is noticed by its absence. */
static void follow_master(void)
{
    if (prctl(PR_SET_PDEATHSIG, SIGNAL_LET_GO) < 0)
        give_up("cannot ask for a signal at the master's death");
    if (getppid() != worker.job->master)
        _exit(STATUS_OK);
}

static void watch(int fd, uint32_t events, enum wake_source source)
{
    struct epoll_event event = {.events = events, .data.u32 = source};

    if (epoll_ctl(worker.epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 && !worker.leaving)
        give_up("cannot watch a descriptor with epoll");
}

/* EPOLLEXCLUSIVE wakes one idle worker for a caller, and the one that registered first among them:
 * the warm one. The lifeline reports its end of file unasked (EPOLLHUP). */
static void open_epoll(void)
{
    worker.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (worker.epoll_fd < 0)
        give_up("cannot create an epoll");
    watch(worker.job->lifeline_fd, 0, WAKE_LIFELINE);
    watch(worker.listener_fd, EPOLLIN | EPOLLEXCLUSIVE, WAKE_CALLER);
}

static void tell_ready(void)
{
    static const uint64_t one = 1;

    atomic_store(&worker.job->page->ready, 1);
    if (write(worker.job->wake_fd, &one, sizeof(one)) < 0)
        return; /* its counter is full: the master has been told */
}

/* At most one line a second from the whole pool. */
static void complain(void)
{
    struct counters *counters = &worker.job->page->counters;
    int64_t now_s = clock_coarse_ns() / NS_PER_S;
    int64_t last_s = atomic_load(&worker.job->hints->complained_s);

    if (last_s == now_s ||
        !atomic_compare_exchange_strong(&worker.job->hints->complained_s, &last_s, now_s))
        return;
    warn("pool %s cannot accept", worker.job->config->name);
    counter_add(&counters->log_lines_dropped, log_take_dropped());
}

/* Some failures are one caller's and some are the system's, which can last. All are tried again;
 * after a few in a row not at once, for the listener stays readable and epoll would spin. */
static void accept_failed(void)
{
    struct pollfd lifeline = {.fd = worker.job->lifeline_fd};

    complain();
    if (++worker.accept_failures > ACCEPT_FAILURES_FORGIVEN)
        poll(&lifeline, worker.draining ? 0 : 1, ACCEPT_PAUSE_MS);
}

/* One caller less is owed an accept. Only now: whoever sees that none is owed closes the listener. */
static void note_accepted(void)
{
    if (worker.draining)
        atomic_fetch_sub(&worker.job->hints->drain_left, 1);
}

/* Accept one caller and serve it to the end: 0, or -1 with errno. */
static int serve_stream(void)
{
    struct worker_page *page = worker.job->page;
    socklen_t length = sizeof(page->peer);
    int fd = accept4(worker.listener_fd, &page->peer.any, &length, SOCK_CLOEXEC);

    if (fd < 0)
        return -1;
    page->peer_length = length;
    note_accepted();
    connection_serve(&worker.connection, fd, worker.job->service);
    return 0;
}

static int serve_datagram(void)
{
    if (datagram_serve(&worker.connection, worker.listener_fd, worker.job->port,
                       worker.job->service) < 0)
        return -1;
    note_accepted();
    return 0;
}

/* Serve one caller, if there is one. EBADF: the listener was let go; EINVAL: it was shut down and
 * its queue is empty, for which other kernels say EAGAIN. */
static enum outcome serve_one(void)
{
    if ((worker.job->config->type == SOCK_STREAM ? serve_stream() : serve_datagram()) == 0) {
        worker.accept_failures = 0;
        return SERVED;
    }
    if (errno == EAGAIN || errno == EBADF || errno == EINVAL)
        return NOBODY;
    accept_failed();
    return FAILED;
}

/* The generation is retired: nobody who was queued by then goes unserved, and nobody who came
 * later keeps us. */
static void drain(void)
{
    const struct pool_hints *hints = worker.job->hints;

    worker.draining = true;
    while (worker.listener_fd >= 0 && atomic_load(&hints->drain_left) > 0 && serve_one() != NOBODY)
        ;
    atomic_store(&worker.job->hints->drained, 1);
    worker.leaving = 1;
}

/* Whether the listener was shut down for a stop. It stays readable then: if every worker went back
 * to its epoll, they would all spin and keep the master from ending this. */
static bool is_shut_down(void)
{
    struct pollfd listener = {.fd = worker.listener_fd, .events = POLLRDHUP};

    return atomic_load(&worker.job->hints->drain_left) != 0 && poll(&listener, 1, 0) == 1;
}

/* Sleep until something happens: whether the lifeline ended. */
static bool wait_for_work(void)
{
    struct epoll_event events[3];
    int count = epoll_wait(worker.epoll_fd, events, 3, -1);

    for (int i = 0; i < count; i++) {
        if (events[i].data.u32 == WAKE_LIFELINE)
            return true;
    }
    if (count < 0 && errno != EINTR)
        give_up("cannot wait with epoll");
    return false;
}

/* Whatever woke us, we look for a caller before we leave: the kernel told nobody else of the one
 * that it may have told us of. */
static void accept_loop(void)
{
    while (!worker.leaving) {
        bool retired = wait_for_work();

        if (retired || (serve_one() == NOBODY && is_shut_down()))
            drain(); /* those who came before the shutdown that was seen are in the queue */
    }
}

static void set_name(const char *pool)
{
    char name[16];

    snprintf(name, sizeof(name), "preforkd:%s", pool);
    prctl(PR_SET_NAME, name);
}

void worker_run(const struct worker_job *job)
{
    worker.job = job;
    worker.listener_fd = job->listener_fd;
    connection_init(&worker.connection, job->config, job->page, job->hints, job->wake_fd);
    set_name(job->config->name);
    set_signals();
    follow_master();
    open_epoll();
    tell_ready();
    accept_loop();
    _exit(STATUS_OK);
}
