/*
 * succession: see succession.h.
 */
#include "server/upgrade/takeover.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "server/event.h"
#include "server/master/master.h"
#include "server/master/pidfile.h"
#include "server/upgrade/handover.h"

/* Those who read what the predecessor has. */
struct heir {
    struct succession *succession;
    struct inheritance *inheritance;
    struct failure *failure; /* its status says whether there was one */
    char pool[256];
};

static void read_control(struct inheritance *inheritance, const char *line)
{
    char path[PATH_MAX];
    uintmax_t device, inode;
    int fd, lock_fd;

    if (sscanf(line, "control %d %d %" SCNuMAX " %" SCNuMAX " %4095[^\n]", &fd, &lock_fd, &device,
               &inode, path) != 5)
        return;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(lock_fd, F_SETFD, FD_CLOEXEC);
    inheritance->control_fd = fd;
    inheritance->control_path = strdup(path);
    inheritance->control_file = (struct socket_file){
        .lock_fd = lock_fd, .linked = true, .device = (dev_t)device, .inode = (ino_t)inode};
}

static void read_listener(struct heir *heir, const char *line)
{
    struct listener *listener = handover_read_listener(line, heir->failure);

    if (listener == NULL)
        return;
    listener->shared = true;
    if (inheritance_add(heir->inheritance, heir->pool, listener) == 0)
        return;
    fail(heir->failure, STATUS_SYSTEM, "cannot keep a listener: %s", strerror(errno));
    listener_drop(listener);
}

static void read_state(void *context, const char *line)
{
    struct heir *heir = context;

    sscanf(line, "pool %255s", heir->pool);
    if (strncmp(line, "pid_file ", 9) == 0)
        heir->succession->pid_file = strdup(line + 9);
    sscanf(line, "generation %" SCNu64, &heir->succession->generation);
    if (strncmp(line, "control ", 8) == 0)
        read_control(heir->inheritance, line);
    if (strncmp(line, "listener ", 9) == 0)
        read_listener(heir, line);
}

int succession_begin(struct succession *succession, struct inheritance *inheritance,
                     struct failure *failure)
{
    struct heir heir = {.succession = succession, .inheritance = inheritance, .failure = failure};
    const char *said = getenv(SUCCESSION_VARIABLE);
    int pid, predecessor, channel_fd, state_fd;

    *succession = (struct succession){
        .channel_fd = -1,
        .state_fd = -1,
        .in_charge = true,
    };
    failure->status = STATUS_OK;
    if (said == NULL ||
        sscanf(said, "%d %d %d %d", &pid, &predecessor, &channel_fd, &state_fd) != 4 ||
        pid != getpid() || fcntl(channel_fd, F_SETFD, FD_CLOEXEC) < 0 ||
        fcntl(state_fd, F_SETFD, FD_CLOEXEC) < 0)
        return unsetenv(SUCCESSION_VARIABLE); /* it was another's */
    unsetenv(SUCCESSION_VARIABLE);
    succession->channel_fd = channel_fd;
    succession->state_fd = state_fd;
    succession->predecessor = predecessor;
    succession->in_charge = false;
    if (handover_read(state_fd, &succession->read, read_state, &heir) < 0)
        return fail(failure, STATUS_SYSTEM, "cannot read what the predecessor has");
    return failure->status == STATUS_OK ? 0 : -1;
}

static void tell(const struct succession *succession, const char *message)
{
    if (succession->channel_fd >= 0)
        send(succession->channel_fd, message, strlen(message), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void succession_fail(const struct succession *succession, const char *why)
{
    char message[SUCCESSION_MESSAGE_SIZE];

    snprintf(message, sizeof(message), SUCCESSION_FAILED "%s", why);
    tell(succession, message);
}

/* What a line of sums is added to. */
struct sums {
    const struct master *master;
    struct station *station; /* NULL: the pool is no more */
};

static void read_sum(void *context, const char *line)
{
    struct sums *sums = context;

    if (strncmp(line, "pool ", 5) == 0)
        sums->station = state_find(sums->master, line + 5);
    else if (sums->station != NULL)
        tally_read(&sums->station->tally, line);
}

static void read_sums(struct master *master)
{
    struct sums sums = {.master = master};

    if (handover_read(master->succession->state_fd, &master->succession->read, read_sum, &sums) < 0)
        warnx("cannot read what process %d counted", (int)master->succession->predecessor);
}

/* The listeners are ours alone, but for those of a service manager, and as the configuration says. */
static void take_listeners(struct master *master)
{
    for (size_t i = 0; i < master->inheritance->count; i++)
        master->inheritance->items[i].listener->shared = false;
    for (struct station *station = master->stations; station != NULL; station = station->next) {
        if (station_listens(station) && station->listener->users > 1)
            listener_adjust(station->listener, station->config,
                            station->service->client_speaks_first);
    }
    /* What nobody took was closed by its owner, or is a dead one's. */
    inheritance_close(master->inheritance);
}

/* Ours, in place of the predecessor's, which leaves that to us: it would not know whose it removes. */
static void take_pid_file(const struct master *master)
{
    const char *path = master->config->pid_file, *old = master->succession->pid_file;
    struct failure failure;

    if (pidfile_write(path, &failure) < 0)
        warnx("%s", failure.message);
    if (old != NULL && (path == NULL || strcmp(old, path) != 0))
        pidfile_remove(old, master->succession->predecessor);
}

static void take_charge(struct master *master, bool died, int64_t now_ns)
{
    master->succession->in_charge = true;
    read_sums(master);
    take_listeners(master);
    take_pid_file(master);
    event_took_over(master->succession->predecessor, died);
    if (died)
        state_search_callers(master, now_ns);
}

void succession_listen(struct master *master, int64_t now_ns)
{
    struct succession *succession = master->succession;
    char message[SUCCESSION_MESSAGE_SIZE];
    ssize_t got = recv(succession->channel_fd, message, sizeof(message) - 1, MSG_DONTWAIT);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    message[got > 0 ? got : 0] = '\0';
    if (!succession->in_charge && master->phase == PHASE_RUNNING &&
        (got <= 0 || strcmp(message, SUCCESSION_CHARGE) == 0))
        take_charge(master, got <= 0, now_ns);
    else if (strcmp(message, SUCCESSION_REST) == 0)
        read_sums(master);
    if (got > 0)
        return;
    state_unwatch(master, succession->channel_fd);
    close(succession->state_fd);
    succession->channel_fd = succession->state_fd = -1;
}

static void write_taken(const void *context, FILE *out)
{
    const struct master *master = context;

    for (size_t i = 0; i < master->inheritance->count; i++) {
        if (master->inheritance->items[i].listener->users > 1)
            fprintf(out, "taken %d\n", master->inheritance->items[i].listener->fd);
    }
    if (master->control.shared)
        fprintf(out, "taken %d\n", master->control.fd);
}

void succession_continue(struct master *master)
{
    struct succession *succession = master->succession;

    if (succession->in_charge || succession->accepts || !state_all_announced(master))
        return;
    succession->accepts = true;
    if (handover_write(succession->state_fd, write_taken, master) < 0)
        warn("cannot tell process %d what was taken", (int)succession->predecessor);
    else
        tell(succession, SUCCESSION_ACCEPTS);
}

void succession_disown(const struct succession *succession)
{
    if (succession->channel_fd < 0)
        return;
    close(succession->channel_fd);
    close(succession->state_fd);
}

void succession_close(struct succession *succession)
{
    succession_disown(succession);
    free(succession->pid_file);
    succession->pid_file = NULL;
    succession->channel_fd = succession->state_fd = -1;
}
