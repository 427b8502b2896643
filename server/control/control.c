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

#define ACCEPT_PAUSE_NS NS_PER_S

enum { BACKLOG = 128 };

static int bind_socket(struct control *control, struct failure *failure)
{
    const struct pool_config private = {.name = "control", .socket_permissions = 0600};

    if (socket_file_claim(&control->file, endpoint_path(&control->endpoint), failure) < 0)
        return -1;
    control->fd = socket_file_bind(&control->file, &control->endpoint, &private, failure);
    return control->fd < 0 ? -1 : 0;
}

static int map_clients(struct control *control, struct failure *failure)
{
    size_t size = CONTROL_CLIENTS * sizeof(struct control_client);
    void *clients = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (clients == MAP_FAILED)
        return fail(failure, STATUS_SYSTEM, "no memory for the callers: %s", strerror(errno));
    control->clients = clients;
    if (madvise(clients, size, MADV_DONTFORK) < 0)
        return fail(failure, STATUS_SYSTEM, "cannot keep it from workers: %s", strerror(errno));
    return 0;
}

/* Listen to newcomers, or not for now. */
static int watch_listener(const struct master *master, int operation, bool yes)
{
    struct epoll_event event = {.events = yes ? EPOLLIN : 0,
                                .data.u64 = master_event(EVENT_CONTROL, 0)};

    return epoll_ctl(master->epoll_fd, operation, master->control.fd, &event);
}

/* Where the predecessor's is at PATH, it is ours as well; where its file is gone, its lock is. */
static void inherit_socket(struct master *master, const char *path)
{
    struct inherited *inherited = master->inherited;
    struct control *control = &master->control;

    if (path != NULL && inherited->control_path != NULL &&
        strcmp(inherited->control_path, path) == 0) {
        control->file = inherited->control_file;
        inherited->control_file.lock_fd = -1;
        control->shared = socket_file_is_there(&control->file, path);
    }
    if (control->shared) {
        control->fd = inherited->control_fd;
        inherited->control_fd = -1;
    }
    inherited_leave_control(inherited);
}

int control_open(struct master *master, struct failure *failure)
{
    struct control *control = &master->control;
    const char *path = master->config->control, *reason;
    struct failure cause;

    memset(control->fds, -1, sizeof(control->fds));
    inherit_socket(master, path);
    if (path == NULL)
        return 0;
    reason = endpoint_set_path(&control->endpoint, path, SOCK_STREAM);
    if (reason != NULL)
        return fail(failure, STATUS_CANNOT_CREATE, "the control socket %s %s", path, reason);
    if (map_clients(control, &cause) < 0)
        return fail(failure, STATUS_CANNOT_CREATE, "no control socket: %s", cause.message);
    if (control->fd < 0 && bind_socket(control, &cause) < 0)
        return fail(failure, STATUS_CANNOT_CREATE, "no control socket: %s", cause.message);
    if (listen(control->fd, BACKLOG) < 0 ||
        watch_listener(master, EPOLL_CTL_ADD, !control->shared) < 0)
        return fail(failure, STATUS_CANNOT_CREATE, "cannot listen on the control socket %s: %s",
                    path, strerror(errno));
    return 0;
}

/* The caller who is to be late next; CONTROL_CLIENTS: nobody. */
static size_t find_idlest(const struct control *control)
{
    size_t idlest = CONTROL_CLIENTS;

    for (size_t place = 0; place < CONTROL_CLIENTS; place++) {
        if (control->fds[place] < 0 || control->clients[place].due_ns == WATCHDOG_NEVER)
            continue;
        if (idlest == CONTROL_CLIENTS ||
            control->clients[place].due_ns < control->clients[idlest].due_ns)
            idlest = place;
    }
    return idlest;
}

/* A free place, if need be the idlest's; CONTROL_CLIENTS: all wait for the end of a stop. */
static size_t make_place(struct master *master)
{
    struct control *control = &master->control;
    size_t place = 0;

    while (place < CONTROL_CLIENTS && control->fds[place] >= 0)
        place++;
    if (place < CONTROL_CLIENTS)
        return place;
    place = find_idlest(control);
    if (place < CONTROL_CLIENTS)
        control_client_hang_up(master, place);
    return place;
}

/* The listener stays readable: without a pause the master would spin. */
static void accept_failed(struct master *master)
{
    struct control *control = &master->control;
    size_t idlest = find_idlest(control);

    if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
        return;
    warn("control: cannot accept");
    if (idlest < CONTROL_CLIENTS) {
        control_client_hang_up(master, idlest);
        return;
    }
    control->paused_ns = clock_coarse_ns() + ACCEPT_PAUSE_NS;
    watch_listener(master, EPOLL_CTL_MOD, false);
}

void control_accept(struct master *master)
{
    size_t place;
    int fd;

    if (master->control.fd < 0 || master->control.shared)
        return; /* another event of this round has left it to a successor */
    fd = accept4(master->control.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        accept_failed(master);
        return;
    }
    place = make_place(master);
    if (place == CONTROL_CLIENTS)
        close(fd);
    else
        control_client_welcome(master, place, fd);
}

int64_t control_tend(struct master *master, int64_t now_ns)
{
    struct control *control = &master->control;
    int64_t next_ns = WATCHDOG_NEVER;

    if (control->paused_ns != 0 && now_ns >= control->paused_ns) {
        control->paused_ns = 0;
        watch_listener(master, EPOLL_CTL_MOD, true);
    }
    if (control->paused_ns != 0)
        next_ns = control->paused_ns;
    for (size_t place = 0; control->count > 0 && place < CONTROL_CLIENTS; place++) {
        if (control->fds[place] < 0)
            continue;
        if (now_ns >= control->clients[place].due_ns)
            control_client_hang_up(master, place);
        else if (control->clients[place].due_ns < next_ns)
            next_ns = control->clients[place].due_ns;
    }
    return next_ns;
}

void control_tell(struct master *master, enum command_id command, const char *why)
{
    struct control *control = &master->control;

    for (size_t place = 0; control->count > 0 && place < CONTROL_CLIENTS; place++) {
        if (control->fds[place] >= 0 && control->clients[place].command.waits_for == command)
            control_client_tell(master, place, why);
    }
}

void control_leave(struct master *master)
{
    struct control *control = &master->control;

    master_unwatch(master, control->fd);
    control->fd = -1;
    control->paused_ns = 0;
}

void control_take_over(struct master *master)
{
    master->control.shared = false;
    if (master->control.fd >= 0 && watch_listener(master, EPOLL_CTL_MOD, true) < 0)
        warn("control: cannot watch the socket");
}

void control_close(struct master *master)
{
    struct control *control = &master->control;

    if (control->fd >= 0) {
        if (!control->shared)
            socket_file_remove(&control->file, endpoint_path(&control->endpoint));
        close(control->fd);
    }
    /* Before the replies: a client that reads one may start another master at once. */
    socket_file_release(&control->file, endpoint_path(&control->endpoint));
    for (size_t place = 0; control->count > 0 && place < CONTROL_CLIENTS; place++) {
        if (control->fds[place] < 0)
            continue;
        control_client_tell_stop(master, place);
        control_client_hang_up(master, place);
    }
    if (control->clients != NULL)
        munmap(control->clients, CONTROL_CLIENTS * sizeof(struct control_client));
}
