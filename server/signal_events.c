/*
 * signal_events: see signal_events.h.
 */
#include "server/signal_events.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "common/log.h"

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

void signal_events_block(sigset_t *before)
{
    sigset_t set = handled_set();

    sigprocmask(SIG_BLOCK, &set, before);
}

void signal_events_restore(const sigset_t *before)
{
    sigprocmask(SIG_SETMASK, before, NULL);
}

void signal_events_reset(void)
{
    sigset_t set = handled_set();

    sigprocmask(SIG_SETMASK, &set, NULL);
    /* With SIGCHLD ignored, as a parent may leave it, the kernel would reap the workers. */
    for (int number = 1; number < NSIG; number++)
        signal(number, number == SIGPIPE ? SIG_IGN : SIG_DFL);
}

/* Returns whether standard input is the terminal of this session. */
static bool has_controlling_terminal(void)
{
    return isatty(STDIN_FILENO) && tcgetsid(STDIN_FILENO) == getsid(0);
}

static bool has_hung_up(int fd)
{
    struct pollfd terminal = {.fd = fd};

    return poll(&terminal, 1, 0) == 1 && (terminal.revents & POLLHUP) != 0;
}

/* Returns what the signal NUMBER asks for. SIGHUP asks for a reload; but where the terminal in
 * which this process was started has hung up, it asks for a stop, as SIGTERM does: the process
 * would run on without a user. */
static int interpret(const struct signal_events *signals, int number)
{
    if (number != SIGHUP || !signals->has_terminal || !has_hung_up(STDIN_FILENO))
        return number;
    log_line(LOG_NOTICE, "the terminal has hung up");
    return SIGTERM;
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
            signals->handler(signals->context, interpret(signals, handled[i]));
    }
}

int signal_events_open(struct signal_events *signals, struct event_loop *loop,
                       signal_handler *handler, void *context)
{
    sigset_t set = handled_set();

    *signals = (struct signal_events){
        .has_terminal = has_controlling_terminal(), .handler = handler, .context = context};
    signals->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK); /* last, for its errno */
    return signals->fd < 0 ? -1 : event_loop_add(loop, signals->fd, EPOLLIN, on_readable, signals);
}

void signal_events_close(struct signal_events *signals)
{
    if (signals->fd >= 0)
        close(signals->fd);
    signals->fd = -1;
}
