/*
 * signals: see signals.h.
 *
 * A signal that says leave sets a flag, which is read after each connection, and makes the epoll
 * ready, so that one which comes between the look at the flag and the sleep is not slept over.
 */
#include "server/worker/signals.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/number.h"

static struct worker self = {.epoll_fd = -1, .listener_fd = -1};

/* Wake the coming epoll_wait(2): an eventfd can always be written, so watching for that is an event
 * at once. epoll_ctl is a system call and nothing else, and a second one only fails. */
static void wake_self(void)
{
    struct epoll_event event = {.events = EPOLLOUT};

    epoll_ctl(self.epoll_fd, EPOLL_CTL_ADD, self.job.wake_fd, &event);
}

static void leave(void)
{
    int cause = errno;

    self.leaving = 1;
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
    if (info->si_code == SI_QUEUE && info->si_pid == self.job.master)
        connection_cut(&self.connection, (uint32_t)info->si_value.sival_int);
    errno = cause;
}

/* Without a master nobody watches the deadlines: one alarm is the last of them. */
static void set_last_deadline(void)
{
    int64_t timeout_ns = self.job.stop_timeout_ns;

    if (timeout_ns != NUMBER_UNLIMITED)
        alarm((unsigned int)(timeout_ns / NS_PER_S) + 1);
}

static void on_let_go(int number)
{
    int cause = errno, fd = self.listener_fd;
    bool orphaned = getppid() != self.job.master;
    /* It is what a datagram in hand is answered through: then it goes with the process. */
    bool in_use =
        self.job.config->type == SOCK_DGRAM && atomic_load(&self.job.page->connection) != 0;

    (void)number;
    if (orphaned)
        set_last_deadline();
    if (fd >= 0 && (orphaned || atomic_load(&self.job.hints->closing) != 0)) {
        if (!in_use) {
            self.listener_fd = -1;
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
    sigaction(SIGNAL_CLOSE_LISTENER, &action, NULL);
    action.sa_sigaction = on_deadline;
    action.sa_flags |= SA_SIGINFO;
    sigaction(SIGNAL_DEADLINE, &action, NULL);
    sigemptyset(&nothing);
    sigprocmask(SIG_SETMASK, &nothing, NULL);
}

struct worker *signals_begin(const struct worker_job *job)
{
    self.job = *job;
    self.listener_fd = job->listener_fd;
    connection_init(&self.connection, job->config, job->service, job->page, job->hints, job->slot,
                    job->wake_fd);
    set_signals();
    return &self;
}
