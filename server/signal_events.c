/*
 * signal_events: see signal_events.h.
 */
#include "server/signal_events.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* In the order in which those that are pending together are handled: a QUIT right behind a USR2
 * finds the upgrade under way. The kernel would report them by number. */
static const int handled[] = {SIGUSR2, SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGCHLD, SIGCONT};

enum { HANDLED = sizeof(handled) / sizeof(handled[0]) };

static sigset_t handled_set(void)
{
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < HANDLED; i++)
        sigaddset(&set, handled[i]);
    return set;
}

void signal_events_block(void)
{
    sigset_t set = handled_set();

    sigprocmask(SIG_SETMASK, &set, NULL);
    /* With SIGCHLD ignored, as a parent may leave it, the kernel would reap the workers. */
    for (int number = 1; number < NSIG; number++)
        signal(number, number == SIGPIPE ? SIG_IGN : SIG_DFL);
}

static void on_readable(void *context, uint32_t events)
{
    const struct signal_events *signals = context;
    struct signalfd_siginfo info;
    bool pending[NSIG] = {false};

    (void)events;
    while (read(signals->fd, &info, sizeof(info)) == sizeof(info))
        pending[info.ssi_signo] = true;
    for (size_t i = 0; i < HANDLED; i++) {
        if (pending[handled[i]])
            signals->handler(signals->context, handled[i]);
    }
}

int signal_events_open(struct signal_events *signals, struct event_loop *loop,
                       signal_handler *handler, void *context)
{
    sigset_t set = handled_set();

    *signals = (struct signal_events){.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
                                      .handler = handler,
                                      .context = context};
    return signals->fd < 0 ? -1 : event_loop_add(loop, signals->fd, EPOLLIN, on_readable, signals);
}

void signal_events_close(struct signal_events *signals)
{
    if (signals->fd >= 0)
        close(signals->fd);
    signals->fd = -1;
}
