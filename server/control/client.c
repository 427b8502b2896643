/*
 * client: see client.h.
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
    struct epoll_event event = {.events = events, .data.u64 = master_event(EVENT_CLIENT, place)};

    return epoll_ctl(master->epoll_fd, operation, master->control.fds[place], &event);
}

void control_client_hang_up(struct master *master, size_t place)
{
    struct control *control = &master->control;
    struct control_client *client = &control->clients[place];

    /* A worker that is being born may hold a copy, and the epoll would go on to tell of it. */
    watch(master, EPOLL_CTL_DEL, place, 0);
    /* With bytes unread the close would reset the connection, and some tools show no reply then. */
    recv(control->fds[place], client->command.reply.piece, sizeof(client->command.reply.piece),
         MSG_DONTWAIT);
    command_end(&client->command);
    close(control->fds[place]);
    control->fds[place] = -1;
    control->count--;
}

/* Send what there is of the piece: 1 all of it went, 0 the caller has to take some first, -1 it is
 * gone. */
static int send_piece(struct control *control, size_t place)
{
    struct control_client *client = &control->clients[place];
    size_t left = client->command.reply.length - client->sent;
    ssize_t put = left == 0 ? 0
                            : send(control->fds[place], client->command.reply.piece + client->sent,
                                   left, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (put < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    client->sent += (size_t)put;
    if (put > 0)
        client->due_ns = clock_coarse_ns() + PATIENCE_NS;
    return client->sent == client->command.reply.length ? 1 : 0;
}

/* One piece at a time, so that a long reply keeps the master from nothing else. */
static void answer(struct master *master, size_t place)
{
    struct control_client *client = &master->control.clients[place];
    int sent = send_piece(&master->control, place);

    if (sent == 0)
        return;
    client->sent = 0;
    if (sent > 0 && command_continue(master, &client->command))
        return;
    if (sent > 0 && client->command.waits_for != COMMANDS) {
        client->command.reply.length = 0;
        client->due_ns = WATCHDOG_NEVER;
        watch(master, EPOLL_CTL_MOD, place, 0); /* that it leaves is told unasked */
        return;
    }
    control_client_hang_up(master, place);
}

/* From now on it takes; what more it sends nobody reads. */
static void begin_answer(struct master *master, size_t place)
{
    struct control_client *client = &master->control.clients[place];

    client->answering = true;
    client->due_ns = clock_coarse_ns() + PATIENCE_NS;
    watch(master, EPOLL_CTL_MOD, place, EPOLLOUT);
}

/* Whether the caller may command: the kernel says who it was when it connected (unix(7)). */
static bool may_command(struct control *control, size_t place)
{
    struct command *command = &control->clients[place].command;
    socklen_t length = sizeof(command->peer);

    if (getsockopt(control->fds[place], SOL_SOCKET, SO_PEERCRED, &command->peer, &length) < 0)
        command->peer = (struct ucred){.uid = (uid_t)-1, .gid = (gid_t)-1};
    return command->peer.uid == 0 || command->peer.uid == geteuid();
}

void control_client_welcome(struct master *master, size_t place, int fd)
{
    struct control *control = &master->control;
    struct control_client *client = &control->clients[place];
    struct command *command = &client->command;

    control->fds[place] = fd;
    control->count++;
    client->answering = false;
    client->got = 0;
    client->sent = 0;
    client->due_ns = clock_coarse_ns() + PATIENCE_NS;
    command->waits_for = COMMANDS;
    command->pool = command->slot = command->reply.length = 0;
    command->id = COMMANDS;
    command->text = command->rest = NULL;
    if (watch(master, EPOLL_CTL_ADD, place, EPOLLIN) < 0) {
        warn("control: cannot watch a caller");
        control_client_hang_up(master, place);
        return;
    }
    if (may_command(control, place))
        return;
    warnx("control: refused user %d, process %d", (int)command->peer.uid, (int)command->peer.pid);
    reply_refuse(&command->reply, STATUS_NO_PERMISSION, "user %d may not command this master",
                 (int)command->peer.uid);
    begin_answer(master, place);
}

/* Take what has come of the line, and obey it when it is whole. */
static void listen_to(struct master *master, size_t place)
{
    struct control_client *client = &master->control.clients[place];
    ssize_t got = recv(master->control.fds[place], client->line + client->got,
                       sizeof(client->line) - client->got, MSG_DONTWAIT);
    char *newline;

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        control_client_hang_up(master, place);
        return;
    }
    client->got += (size_t)got;
    newline = memchr(client->line, '\n', client->got);
    if (newline == NULL && client->got < sizeof(client->line))
        return;
    if (newline == NULL) {
        reply_refuse(&client->command.reply, STATUS_USAGE, "no line in the first %zu bytes",
                     sizeof(client->line));
    } else {
        *newline = '\0';
        command_begin(master, &client->command, client->line);
    }
    begin_answer(master, place);
    answer(master, place);
}

void control_client_serve(struct master *master, size_t place)
{
    struct control *control = &master->control;

    if (place >= CONTROL_CLIENTS || control->fds[place] < 0)
        return; /* another event of this round has ended it */
    if (!control->clients[place].answering)
        listen_to(master, place);
    else if (control->clients[place].command.waits_for != COMMANDS &&
             control->clients[place].sent == 0 && control->clients[place].command.reply.length == 0)
        control_client_hang_up(master, place); /* it did not want to know */
    else
        answer(master, place);
}

void control_client_tell(struct master *master, size_t place, const char *why)
{
    struct control_client *client = &master->control.clients[place];

    command_tell(master, &client->command, why);
    if (client->answering)
        begin_answer(master, place);
}

void control_client_tell_stop(struct master *master, size_t place)
{
    struct control_client *client = &master->control.clients[place];

    if (!client->answering)
        return;
    if (client->command.waits_for == COMMAND_STOP)
        command_tell_stop(master, &client->command);
    send_piece(&master->control, place);
}
