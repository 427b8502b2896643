/*
 * client: see client.h.
 */
#include "server/control/client.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/wait_limit.h"
#include "server/control/dispatch.h"
#include "server/master/master.h"

#define PATIENCE_NS (10 * NS_PER_S)

static void connect_to(struct control *control, struct control_client *client)
{
    control->connected[control->count++] = client;
}

static void disconnect_from(struct control *control, const struct control_client *client)
{
    size_t i = 0;

    while (control->connected[i] != client)
        i++;
    control->connected[i] = control->connected[--control->count];
}

/* As recv(2), which waits neither for bytes nor for the end of a connection that was sent along. */
static ssize_t receive(int fd, char *bytes, size_t size)
{
    ssize_t got;

    wait_limit_begin();
    got = recv(fd, bytes, size, MSG_DONTWAIT);
    wait_limit_end();
    return got;
}

void control_client_drop(int fd)
{
    char unread[PIECE_SIZE];

    /* With bytes unread the close would reset the connection, and some tools show no reply then. */
    receive(fd, unread, sizeof(unread));
    wait_limit_begin(); /* what is still unread may have a connection along, too */
    close(fd);
    wait_limit_end();
}

/* The socket of a client that has just connected has room for a line. */
void control_client_refuse(int fd, const struct reply *refusal)
{
    if (send(fd, refusal->piece, refusal->length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
        errno != EPIPE && errno != ECONNRESET)
        warn("control: cannot send a reply");
    control_client_drop(fd);
}

void control_client_hang_up(struct control_client *client)
{
    event_loop_remove(client->control->loop, client->fd);
    command_end(&client->command);
    control_client_drop(client->fd);
    disconnect_from(client->control, client);
    client->control = NULL;
}

/* Send what is left of the piece. Returns 1 where all was sent, 0 where the client has to read some
 * first, -1 where it has gone. */
static int send_piece(struct control_client *client)
{
    const struct reply *reply = &client->command.reply;
    size_t left = reply->length - client->sent;
    ssize_t sent = left == 0 ? 0
                             : send(client->fd, reply->piece + client->sent, left,
                                    MSG_DONTWAIT | MSG_NOSIGNAL);

    if (sent < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (sent < 0) {
        if (errno != EPIPE && errno != ECONNRESET)
            warn("control: cannot send a reply");
        return -1;
    }
    client->sent += (size_t)sent;
    if (sent > 0)
        client->due_ns = clock_coarse_ns() + PATIENCE_NS;
    return client->sent == reply->length ? 1 : 0;
}

/* Look again what right the client has: a reload may have changed that since it connected. Returns
 * whether it has one; if not, it is refused. */
static bool has_right(struct control_client *client)
{
    struct control *control = client->control;

    return rights_find(client->fd, control->master->readers, &control->refusals,
                       &client->command.peer, &client->command.reply);
}

/* Begin the next piece of the reply, if there is one; to a reader whose right a reload has taken
 * away since the last there is none. Returns whether there is. */
static bool begin_piece(struct control_client *client)
{
    client->sent = 0;
    if (client->command.peer.right == RIGHT_ASK && !has_right(client))
        return false;
    return dispatch_continue(client->control, &client->command);
}

/* Send as much of the reply as the socket takes now. */
static void send_now(struct control_client *client)
{
    while (send_piece(client) > 0) {
        if (!begin_piece(client))
            return;
    }
}

/* Have the loop report EVENTS. Returns 0; or -1, and there is no client any more: it would wait for
 * an answer that no event brings. */
static int watch(struct control_client *client, uint32_t events)
{
    if (event_loop_change(client->control->loop, client->fd, events) == 0)
        return 0;
    warn("control: cannot watch a client");
    send_now(client);
    control_client_hang_up(client);
    return -1;
}

/* Send one piece at a time, so that a long reply keeps the master from nothing else. */
static void answer(struct control_client *client)
{
    int sent = send_piece(client);

    if (sent == 0)
        return;
    if (sent > 0 && begin_piece(client))
        return;
    if (sent < 0 || client->command.waits_for == COMMANDS) {
        control_client_hang_up(client);
        return;
    }
    client->command.reply.length = 0;
    client->due_ns = NEVER_NS;
    watch(client, 0); /* a hang-up is reported all the same */
}

/* From now on the client reads; what else it sends is not read. Returns as watch(). */
static int begin_answer(struct control_client *client)
{
    client->answering = true;
    client->due_ns = clock_coarse_ns() + PATIENCE_NS;
    return watch(client, EPOLLOUT);
}

/* Obey the line, of which GOT more bytes have come. Returns false where it is not whole yet. */
static bool obey_line(struct control_client *client, size_t got)
{
    char *newline;

    client->line_length += got;
    newline = memchr(client->line, '\n', client->line_length);
    if (newline == NULL && client->line_length < sizeof(client->line))
        return false;
    if (newline == NULL) {
        command_refuse(&client->command, STATUS_USAGE, "no line in the first %zu bytes",
                       sizeof(client->line));
    } else if (has_right(client)) {
        *newline = '\0';
        dispatch_line(client->control, &client->command, client->line);
    }
    return true;
}

static void read_line(struct control_client *client)
{
    ssize_t got = receive(client->fd, client->line + client->line_length,
                          sizeof(client->line) - client->line_length);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got == 0) {
        control_client_hang_up(client);
        return;
    }
    if (got < 0)
        command_refuse(&client->command, STATUS_SYSTEM, "cannot read the command: %s",
                       strerror(errno));
    else if (!obey_line(client, (size_t)got))
        return;
    if (begin_answer(client) == 0)
        answer(client);
}

static void on_client(void *context, uint32_t events)
{
    struct control_client *client = context;
    const struct command *command = &client->command;

    (void)events;
    if (!client->answering)
        read_line(client);
    else if (command->waits_for != COMMANDS && client->sent == 0 && command->reply.length == 0)
        control_client_hang_up(client); /* it left before its command ended */
    else
        answer(client);
}

void control_client_begin(struct control_client *client, struct control *control, int fd,
                          const struct peer *peer)
{
    client->control = control;
    client->fd = fd;
    client->due_ns = clock_coarse_ns() + PATIENCE_NS;
    client->answering = false;
    client->line_length = client->sent = 0;
    command_init(&client->command);
    client->command.peer = *peer;
    connect_to(control, client);
    if (event_loop_add(control->loop, fd, EPOLLIN, on_client, client) < 0) {
        warn("control: cannot watch a client");
        command_refuse(&client->command, STATUS_SYSTEM,
                       "the master cannot watch another client: %s", strerror(errno));
        send_now(client);
        control_client_hang_up(client);
    }
}

void control_client_report(struct control_client *client, const char *why)
{
    command_report(client->control, &client->command, why);
    if (client->answering)
        begin_answer(client);
}

int64_t control_client_continue(struct control_client *client, int64_t now_ns)
{
    if (dispatch_resume(client->control, &client->command) && client->answering)
        begin_answer(client);
    return config_reader_continue(&client->command.reader, now_ns);
}

void control_client_report_stop(struct control_client *client)
{
    if (!client->answering)
        return;
    if (client->command.waits_for == COMMAND_STOP)
        command_report_stop(client->control, &client->command);
    send_now(client);
}
