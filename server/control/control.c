/*
 * control: see control.h.
 */
#include "server/control/control.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/control/client.h"
#include "server/master/master.h"
#include "server/upgrade/upgrade.h"

#define ACCEPT_PAUSE_NS NS_PER_S

enum { BACKLOG = 128 };

static int map_clients(struct control *control, struct failure *failure)
{
    size_t size = CONTROL_CLIENTS * sizeof(struct control_client);
    void *clients = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (clients == MAP_FAILED)
        return fail(failure, STATUS_SYSTEM, "no memory for its clients: %s", strerror(errno));
    control->clients = clients;
    if (madvise(clients, size, MADV_DONTFORK) < 0)
        return fail(failure, STATUS_SYSTEM, "cannot keep its clients from workers: %s",
                    strerror(errno));
    return 0;
}

/* Share the predecessor's listener, or open one. */
static int open_listener(struct control *control, struct failure *failure)
{
    const struct pool_config *config = &control->config;
    struct listener *there = inherited_find_control(control->master->inherited, config);

    control->listener = there != NULL ? listener_share(there, config, false, failure)
                                      : listener_open(config, false, 0, failure);
    return control->listener == NULL ? -1 : 0;
}

/* Hang up on the client that would be late first. Returns its slot, which is free; NULL where all
 * clients wait for a command to end, which has no limit. */
static struct control_client *evict(struct control *control)
{
    struct control_client *idlest = NULL;

    for (size_t i = 0; i < control->count; i++) {
        struct control_client *client = control->connected[i];

        if (client->due_ns != NEVER_NS && (idlest == NULL || client->due_ns < idlest->due_ns))
            idlest = client;
    }
    if (idlest != NULL)
        control_client_hang_up(idlest);
    return idlest;
}

static struct control_client *find_free_client(struct control *control)
{
    if (control->count == CONTROL_CLIENTS)
        return evict(control);
    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        if (control->clients[i].control == NULL)
            return &control->clients[i];
    }
    return NULL;
}

/* Accept clients, or no more. Where they cannot be reported, try again in a moment. */
static void set_accepting(struct control *control, bool accepting)
{
    control->accepting = accepting;
    if (event_loop_change(control->loop, control->listener->fd, accepting ? EPOLLIN : 0) == 0)
        return;
    warn("control: cannot watch the socket");
    control->accepting = false;
    control->paused_ns = clock_coarse_ns() + ACCEPT_PAUSE_NS;
}

/* The listener stays readable: without a pause the master would spin. */
static void accept_failed(struct control *control)
{
    if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
        return;
    warn("control: cannot accept");
    if (evict(control) != NULL)
        return;
    control->paused_ns = clock_coarse_ns() + ACCEPT_PAUSE_NS;
    set_accepting(control, false);
}

static void on_connection(void *context, uint32_t events)
{
    struct control *control = context;
    struct control_client *client;
    int fd = accept4(control->listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    (void)events;
    if (fd < 0) {
        accept_failed(control);
        return;
    }
    client = find_free_client(control);
    if (client == NULL)
        close(fd);
    else
        control_client_begin(client, control, fd);
}

int control_open(struct control *control, struct event_loop *loop, struct master *master,
                 struct upgrade *upgrade, struct failure *failure)
{
    const char *path = master->config->control, *reason;
    struct failure cause;

    *control = (struct control){.loop = loop, .master = master, .upgrade = upgrade};
    if (path == NULL)
        return 0;
    control->config = (struct pool_config){.name = "control",
                                           .mode = MODE_UNIX,
                                           .type = SOCK_STREAM,
                                           .path = path,
                                           .socket_permissions = 0600,
                                           .backlog = BACKLOG};
    reason = endpoint_set_path(&control->config.endpoint, path, SOCK_STREAM);
    if (reason != NULL)
        return fail(failure, STATUS_CANNOT_CREATE, "the control socket %s %s", path, reason);
    if (map_clients(control, &cause) < 0 || open_listener(control, &cause) < 0)
        return fail(failure, STATUS_CANNOT_CREATE, "no control socket: %s", cause.message);
    upgrade->control_listener = control->listener;
    if (event_loop_add(loop, control->listener->fd, 0, on_connection, control) < 0)
        return fail(failure, STATUS_CANNOT_CREATE, "cannot watch the control socket %s: %s", path,
                    strerror(errno));
    return 0;
}

/* Leave the socket to the successor, which has it. The connected clients are still served. */
static void leave_listener(struct control *control)
{
    control->upgrade->control_listener = NULL;
    event_loop_remove(control->loop, control->listener->fd);
    listener_drop(control->listener);
    control->listener = NULL;
    control->paused_ns = 0;
}

/* Only one of two masters that share the socket accepts on it: the one in charge. */
static void follow_role(struct control *control, int64_t now_ns)
{
    if (control->listener == NULL)
        return;
    if (control->listener->shared && control->master->role == ROLE_REPLACED) {
        leave_listener(control);
    } else if (!control->accepting && !control->listener->shared && now_ns >= control->paused_ns) {
        control->paused_ns = 0;
        set_accepting(control, true);
    }
}

int64_t control_continue(struct control *control, int64_t now_ns)
{
    int64_t next_ns;

    follow_role(control, now_ns);
    next_ns = control->paused_ns != 0 ? control->paused_ns : NEVER_NS;
    for (size_t i = control->count; i-- > 0;) {
        struct control_client *client = control->connected[i];

        if (now_ns >= client->due_ns)
            control_client_hang_up(client);
        else
            next_ns = clock_earlier_ns(next_ns, client->due_ns);
    }
    return next_ns;
}

void control_report(struct control *control, enum command_id command, const char *why)
{
    for (size_t i = 0; i < control->count; i++) {
        if (control->connected[i]->command.waits_for == command)
            control_client_report(control->connected[i], why);
    }
}

/* The socket goes first: a client that is answered may start another master at once. */
void control_close(struct control *control)
{
    if (control->listener != NULL)
        leave_listener(control);
    while (control->count > 0) {
        control_client_report_stop(control->connected[0]);
        control_client_hang_up(control->connected[0]);
    }
    if (control->clients != NULL)
        munmap(control->clients, CONTROL_CLIENTS * sizeof(struct control_client));
}
