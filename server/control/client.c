/*
 * control_caller: see control_caller.h.
 */
#include "server/control/client.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/master/master.h"

#define PATIENCE_NS (10 * NS_PER_S)

static int watch(const struct master *master, int operation, size_t place, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u64 = state_event(EVENT_CALLER, place)};

    return epoll_ctl(master->epoll_fd, operation, master->control.fds[place], &event);
}

void control_caller_hang_up(struct master *master, size_t place)
{
    struct control *control = &master->control;
    struct control_caller *caller = &control->callers[place];

    /* A worker that is being born may hold a copy, and the epoll would go on to tell of it. */
    watch(master, EPOLL_CTL_DEL, place, 0);
    /* With bytes unread the close would reset the connection, and some tools show no reply then. */
    recv(control->fds[place], caller->request.reply.piece, sizeof(caller->request.reply.piece),
         MSG_DONTWAIT);
    request_end(&caller->request);
    close(control->fds[place]);
    control->fds[place] = -1;
    control->count--;
}

/* Send what there is of the piece: 1 all of it went, 0 the caller has to take some first, -1 it is
 * gone. */
static int send_piece(struct control *control, size_t place)
{
    struct control_caller *caller = &control->callers[place];
    size_t left = caller->request.reply.length - caller->sent;
    ssize_t put = left == 0 ? 0
                            : send(control->fds[place], caller->request.reply.piece + caller->sent,
                                   left, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (put < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    caller->sent += (size_t)put;
    if (put > 0)
        caller->due_ns = clock_coarse_ns() + PATIENCE_NS;
    return caller->sent == caller->request.reply.length ? 1 : 0;
}

/* One piece at a time, so that a long reply keeps the master from nothing else. */
static void answer(struct master *master, size_t place)
{
    struct control_caller *caller = &master->control.callers[place];
    int sent = send_piece(&master->control, place);

    if (sent == 0)
        return;
    caller->sent = 0;
    if (sent > 0 && request_continue(master, &caller->request))
        return;
    if (sent > 0 && caller->request.waits_for != COMMANDS) {
        caller->request.reply.length = 0;
        caller->due_ns = WATCHDOG_NEVER;
        watch(master, EPOLL_CTL_MOD, place, 0); /* that it leaves is told unasked */
        return;
    }
    control_caller_hang_up(master, place);
}

/* From now on it takes; what more it sends nobody reads. */
static void begin_answer(struct master *master, size_t place)
{
    struct control_caller *caller = &master->control.callers[place];

    caller->answering = true;
    caller->due_ns = clock_coarse_ns() + PATIENCE_NS;
    watch(master, EPOLL_CTL_MOD, place, EPOLLOUT);
}

/* Whether the caller may command: the kernel says who it was when it connected (unix(7)). */
static bool may_command(struct control *control, size_t place)
{
    struct request *request = &control->callers[place].request;
    socklen_t length = sizeof(request->caller);

    if (getsockopt(control->fds[place], SOL_SOCKET, SO_PEERCRED, &request->caller, &length) < 0)
        request->caller = (struct ucred){.uid = (uid_t)-1, .gid = (gid_t)-1};
    return request->caller.uid == 0 || request->caller.uid == geteuid();
}

void control_caller_welcome(struct master *master, size_t place, int fd)
{
    struct control *control = &master->control;
    struct control_caller *caller = &control->callers[place];
    struct request *request = &caller->request;

    control->fds[place] = fd;
    control->count++;
    caller->answering = false;
    caller->got = 0;
    caller->sent = 0;
    caller->due_ns = clock_coarse_ns() + PATIENCE_NS;
    request->waits_for = COMMANDS;
    request->pool = request->slot = request->reply.length = 0;
    request->command = COMMANDS;
    request->text = request->rest = NULL;
    if (watch(master, EPOLL_CTL_ADD, place, EPOLLIN) < 0) {
        warn("control: cannot watch a caller");
        control_caller_hang_up(master, place);
        return;
    }
    if (may_command(control, place))
        return;
    warnx("control: refused user %d, process %d", (int)request->caller.uid,
          (int)request->caller.pid);
    reply_refuse(&request->reply, STATUS_NO_PERMISSION, "user %d may not command this master",
                 (int)request->caller.uid);
    begin_answer(master, place);
}

/* Take what has come of the line, and obey it when it is whole. */
static void listen_to(struct master *master, size_t place)
{
    struct control_caller *caller = &master->control.callers[place];
    ssize_t got = recv(master->control.fds[place], caller->line + caller->got,
                       sizeof(caller->line) - caller->got, MSG_DONTWAIT);
    char *newline;

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        control_caller_hang_up(master, place);
        return;
    }
    caller->got += (size_t)got;
    newline = memchr(caller->line, '\n', caller->got);
    if (newline == NULL && caller->got < sizeof(caller->line))
        return;
    if (newline == NULL) {
        reply_refuse(&caller->request.reply, STATUS_USAGE, "no line in the first %zu bytes",
                     sizeof(caller->line));
    } else {
        *newline = '\0';
        request_begin(master, &caller->request, caller->line);
    }
    begin_answer(master, place);
    answer(master, place);
}

void control_caller_serve(struct master *master, size_t place)
{
    struct control *control = &master->control;

    if (place >= CONTROL_CALLERS || control->fds[place] < 0)
        return; /* another event of this round has ended it */
    if (!control->callers[place].answering)
        listen_to(master, place);
    else if (control->callers[place].request.waits_for != COMMANDS &&
             control->callers[place].sent == 0 && control->callers[place].request.reply.length == 0)
        control_caller_hang_up(master, place); /* it did not want to know */
    else
        answer(master, place);
}

void control_caller_tell(struct master *master, size_t place, const char *why)
{
    struct control_caller *caller = &master->control.callers[place];

    request_tell(master, &caller->request, why);
    if (caller->answering)
        begin_answer(master, place);
}

void control_caller_tell_stop(struct master *master, size_t place)
{
    struct control_caller *caller = &master->control.callers[place];

    if (!caller->answering)
        return;
    if (caller->request.waits_for == COMMAND_STOP)
        request_tell_stop(master, &caller->request);
    send_piece(&master->control, place);
}
