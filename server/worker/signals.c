/*
 * signals: see signals.h.
 *
 * A signal to leave sets a flag, which is read after each connection, and makes the epoll ready. So
 * a signal that comes after the flag was read and before epoll_wait(2) sleeps is not missed.
 */
#include "server/worker/signals.h"

#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/number.h"
#include "server/worker/connection/cut.h"

/* Set before any signal is handled. In .data, for a page that each worker writes is 4 kB of its
 * own: the worker and the logger are there, and .bss is 150 kB that no worker need write. */
__attribute__((section(".data"))) static struct worker *self;

/* Have the next epoll_wait(2) return at once: the pipe that the master reads can be written, so to
 * watch for that is an event already. epoll_ctl(2) is safe here, as it is a system call and nothing
 * else; a second one only fails. */
static void wake_self(void)
{
    struct epoll_event event = {.events = EPOLLOUT};

    epoll_ctl(self->epoll_fd, EPOLL_CTL_ADD, self->job.wake_fd, &event);
}

static void leave(void)
{
    int cause = errno;

    self->leaving = 1;
    wake_self();
    errno = cause;
}

/* In a fast stop, also end the program that runs. */
static void on_retire(int number)
{
    int cause = errno;

    (void)number;
    leave();
    if (atomic_load(&self->job.hints->ending) != 0)
        connection_abort(&self->connection);
    errno = cause;
}

/* The last deadline of a worker that runs a program, and whose master has died: end it as in a fast
 * stop. */
static void on_last_deadline(int number)
{
    (void)number;
    atomic_store(&self->job.hints->ending, 1);
    on_retire(SIGNAL_RETIRE);
}

static void on_deadline(int number)
{
    int cause = errno;

    (void)number;
    connection_cut(&self->connection, atomic_load(&self->job.page->late));
    errno = cause;
}

/* Set the only deadline that is left when the master has died, as the watchdog died with it:
 * SIGALRM ends the worker stop_timeout later. */
static void set_last_deadline(void)
{
    int64_t timeout_ns = atomic_load(&self->job.hints->stop_timeout_ns);

    if (timeout_ns != NUMBER_UNLIMITED)
        alarm((unsigned int)(timeout_ns / NS_PER_S) + 1);
}

/* Close the listener if the master is dead or the queue drained. Otherwise only wake up: the master
 * sends this signal as well to have idle workers try accept(). */
static void on_close_listener(int number)
{
    int cause = errno, fd = self->listener_fd;
    bool orphaned = getppid() != self->job.master;
    /* An active datagram is answered through the listener, which then stays open until exit. */
    bool in_use =
        self->job.config->type == SOCK_DGRAM && atomic_load(&self->job.page->connection) != 0;

    (void)number;
    if (orphaned)
        set_last_deadline();
    if (fd >= 0 && (orphaned || atomic_load(&self->job.hints->closing) != 0)) {
        if (!in_use) {
            self->listener_fd = -1;
            close(fd);
        }
        leave();
    }
    errno = cause;
}

/* Ignore the terminal's signals, which reach the whole process group and are for the master to
 * answer; handle the three of worker.h, and SIGALRM where a program runs. The master may have a
 * handler for that one (wait_limit.h). SIGPIPE stays ignored. All others are as exec(2) sets them,
 * or as a module has left them.
 *
 * No SA_RESTART where the worker is to leave: accept4(2) blocks, and would go on to, after another
 * process that has the listener has cleared its O_NONBLOCK. */
static void set_actions(void)
{
    static const int ignored[] = {SIGINT, SIGQUIT, SIGHUP, SIGPIPE};
    struct sigaction action = {.sa_handler = SIG_IGN};

    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
        sigaction(ignored[i], &action, NULL);
    action.sa_handler = on_retire;
    sigaction(SIGNAL_RETIRE, &action, NULL);
    action.sa_handler = self->job.config->runs_program ? on_last_deadline : SIG_DFL;
    sigaction(SIGALRM, &action, NULL);
    action.sa_handler = on_close_listener;
    sigaction(SIGNAL_CLOSE_LISTENER, &action, NULL);
    action.sa_handler = on_deadline;
    action.sa_flags = SA_RESTART;
    sigaction(SIGNAL_DEADLINE, &action, NULL);
}

void signals_begin(struct worker *worker)
{
    sigset_t nothing;

    self = worker;
    set_actions();
    sigemptyset(&nothing);
    sigprocmask(SIG_SETMASK, &nothing, NULL);
}
