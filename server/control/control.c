/*
 * control: see control.h.
 */
#include "server/control/control.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/control/admission/places.h"
#include "server/control/client.h"
#include "server/master/master.h"
#include "server/upgrade/upgrade.h"

#define ACCEPT_PAUSE_NS NS_PER_S

static MAY_FAIL map_clients(struct control *control, struct failure *failure)
{
    size_t size = CONTROL_CLIENTS * sizeof(struct control_client);
    void *clients = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (clients == MAP_FAILED)
        return fail(failure, STATUS_SYSTEM, "no memory for clients of the control socket: %s",
                    strerror(errno));
    control->clients = clients;
    if (madvise(clients, size, MADV_DONTFORK) < 0)
        return fail(failure, STATUS_SYSTEM,
                    "cannot keep the clients of the control socket from workers: %s",
                    strerror(errno));
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

/* The listener stays readable: without a pause the master would spin. EINVAL: it was shut down, and
 * its queue is empty. */
static void accept_failed(struct control *control)
{
    if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED || errno == EINVAL)
        return;
    warn("control: cannot accept");
    if (places_free(control) != NULL)
        return;
    control->paused_ns = clock_coarse_ns() + ACCEPT_PAUSE_NS;
    set_accepting(control, false);
}

/* Accept a client. Returns whether there was one. */
static bool accept_client(struct control *control)
{
    struct control_client *client;
    struct reply refusal;
    struct peer peer;
    int fd = accept4(control->listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0) {
        accept_failed(control);
        return false;
    }
    if (!rights_find(fd, control->master->readers, &control->refusals, &peer, &refusal)) {
        control_client_refuse(fd, &refusal);
        return true;
    }
    client = places_find(control, peer.right);
    if (client == NULL)
        control_client_drop(fd);
    else
        control_client_begin(client, control, fd, &peer);
    return true;
}

static void on_connection(void *context, uint32_t events)
{
    (void)events;
    accept_client(context);
}

/* Watch the listener that the master has now, without accepting yet. Returns 0, or -1 with
 * errno. */
static int take_listener(struct control *control)
{
    struct listener *listener = control->master->control;

    if (event_loop_add(control->loop, listener->fd, 0, on_connection, control) < 0)
        return -1;
    control->listener = listener_hold(listener);
    control->accepting = false;
    return 0;
}

/* The connected clients are still served. */
static void leave_listener(struct control *control)
{
    event_loop_remove(control->loop, control->listener->fd);
    listener_drop(control->listener);
    control->listener = NULL;
    control->paused_ns = 0;
}

MAY_FAIL control_open(struct control *control, struct event_loop *loop, struct master *master,
                      struct upgrade *upgrade, struct failure *failure)
{
    const struct failed *failed;

    *control = (struct control){.loop = loop, .master = master, .upgrade = upgrade};
    failed = map_clients(control, failure);
    if (failed != NULL || master->control == NULL || take_listener(control) == 0)
        return failed;
    return fail(failure, STATUS_SYSTEM, "cannot watch the control socket %s: %s",
                master->config->control, strerror(errno));
}

/* The master has another listener than this one, or none: a reload has moved it, or a successor has
 * taken it. Clients that are queued at one that no other process has are accepted first. */
static void follow_listener(struct control *control, int64_t now_ns)
{
    if (control->listener != NULL && control->listener != control->master->control) {
        if (listener_is_ours(control->listener)) {
            listener_retire(control->listener, false);
            while (accept_client(control))
                ;
        }
        leave_listener(control);
    }
    if (control->listener == control->master->control || now_ns < control->paused_ns)
        return;
    if (take_listener(control) == 0)
        return;
    warn("control: cannot watch the socket");
    control->paused_ns = now_ns + ACCEPT_PAUSE_NS;
}

/* Only one of two masters that share the socket accepts on it: the one in charge. */
static void follow_role(struct control *control, int64_t now_ns)
{
    if (control->listener == NULL || control->accepting || control->listener->shared ||
        now_ns < control->paused_ns)
        return;
    control->paused_ns = 0;
    set_accepting(control, true);
}

int64_t control_continue(struct control *control, int64_t now_ns)
{
    int64_t next_ns;

    follow_listener(control, now_ns);
    follow_role(control, now_ns);
    next_ns = control->paused_ns != 0 ? control->paused_ns : NEVER_NS;
    for (size_t i = control->count; i-- > 0;) {
        struct control_client *client = control->connected[i];

        next_ns = clock_earlier_ns(next_ns, control_client_continue(client, now_ns));
        if (client->control == NULL)
            continue;
        if (now_ns >= client->due_ns)
            control_client_hang_up(client);
        else
            next_ns = clock_earlier_ns(next_ns, client->due_ns);
    }
    return next_ns;
}

bool control_note_status(struct control *control, pid_t pid, int status)
{
    for (size_t i = 0; i < control->count; i++) {
        if (config_reader_note_status(&control->connected[i]->command.reader, pid, status))
            return true;
    }
    return false;
}

bool control_reads(const struct control *control)
{
    for (size_t i = 0; i < control->count; i++) {
        if (control->connected[i]->command.reader.pid != 0)
            return true;
    }
    return false;
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
