/*
 * takeover: see takeover.h.
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
    struct takeover *takeover;
    struct inherited *inherited;
    struct failure *failure; /* its status says whether there was one */
    char pool[256];
};

static void read_control(struct inherited *inherited, const char *line)
{
    char path[PATH_MAX];
    uintmax_t device, inode;
    int fd, lock_fd;

    if (sscanf(line, "control %d %d %" SCNuMAX " %" SCNuMAX " %4095[^\n]", &fd, &lock_fd, &device,
               &inode, path) != 5)
        return;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(lock_fd, F_SETFD, FD_CLOEXEC);
    inherited->control_fd = fd;
    inherited->control_path = strdup(path);
    inherited->control_file = (struct socket_file){
        .lock_fd = lock_fd, .linked = true, .device = (dev_t)device, .inode = (ino_t)inode};
}

static void read_listener(struct heir *heir, const char *line)
{
    struct listener *listener = handover_read_listener(line, heir->failure);

    if (listener == NULL)
        return;
    listener->shared = true;
    if (inherited_add(heir->inherited, heir->pool, listener) == 0)
        return;
    fail(heir->failure, STATUS_SYSTEM, "cannot keep a listener: %s", strerror(errno));
    listener_drop(listener);
}

static void read_state(void *context, const char *line)
{
    struct heir *heir = context;

    sscanf(line, "pool %255s", heir->pool);
    if (strncmp(line, "pid_file ", 9) == 0)
        heir->takeover->pid_file = strdup(line + 9);
    sscanf(line, "generation %" SCNu64, &heir->takeover->generation);
    if (strncmp(line, "control ", 8) == 0)
        read_control(heir->inherited, line);
    if (strncmp(line, "listener ", 9) == 0)
        read_listener(heir, line);
}

int takeover_begin(struct takeover *takeover, struct inherited *inherited, struct failure *failure)
{
    struct heir heir = {.takeover = takeover, .inherited = inherited, .failure = failure};
    const char *said = getenv(TAKEOVER_VARIABLE);
    int pid, predecessor, channel_fd, state_fd;

    *takeover = (struct takeover){
        .channel_fd = -1,
        .state_fd = -1,
        .in_charge = true,
    };
    failure->status = STATUS_OK;
    if (said == NULL ||
        sscanf(said, "%d %d %d %d", &pid, &predecessor, &channel_fd, &state_fd) != 4 ||
        pid != getpid() || fcntl(channel_fd, F_SETFD, FD_CLOEXEC) < 0 ||
        fcntl(state_fd, F_SETFD, FD_CLOEXEC) < 0)
        return unsetenv(TAKEOVER_VARIABLE); /* it was another's */
    unsetenv(TAKEOVER_VARIABLE);
    takeover->channel_fd = channel_fd;
    takeover->state_fd = state_fd;
    takeover->predecessor = predecessor;
    takeover->in_charge = false;
    if (handover_read(state_fd, &takeover->read, read_state, &heir) < 0)
        return fail(failure, STATUS_SYSTEM, "cannot read what the predecessor has");
    return failure->status == STATUS_OK ? 0 : -1;
}

static void tell(const struct takeover *takeover, const char *message)
{
    if (takeover->channel_fd >= 0)
        send(takeover->channel_fd, message, strlen(message), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void takeover_fail(const struct takeover *takeover, const char *why)
{
    char message[TAKEOVER_MESSAGE_SIZE];

    snprintf(message, sizeof(message), TAKEOVER_FAILED "%s", why);
    tell(takeover, message);
}

/* What a line of sums is added to. */
struct sums {
    const struct master *master;
    struct pool *pool; /* NULL: the pool is no more */
};

static void read_sum(void *context, const char *line)
{
    struct sums *sums = context;

    if (strncmp(line, "pool ", 5) == 0)
        sums->pool = master_find_pool(sums->master, line + 5);
    else if (sums->pool != NULL)
        totals_read(&sums->pool->totals, line);
}

static void read_sums(struct master *master)
{
    struct sums sums = {.master = master};

    if (handover_read(master->takeover->state_fd, &master->takeover->read, read_sum, &sums) < 0)
        warnx("cannot read what process %d counted", (int)master->takeover->predecessor);
}

/* The listeners are ours alone, but for those of a service manager, and as the configuration says. */
static void take_listeners(struct master *master)
{
    for (size_t i = 0; i < master->inherited->count; i++)
        master->inherited->items[i].listener->shared = false;
    for (struct pool *pool = master->pools; pool != NULL; pool = pool->next) {
        if (pool_listens(pool) && pool->listener->users > 1)
            listener_adjust(pool->listener, pool->config, pool->service->client_speaks_first);
    }
    /* What nobody took was closed by its owner, or is a dead one's. */
    inherited_close(master->inherited);
}

/* Ours, in place of the predecessor's, which leaves that to us: it would not know whose it removes. */
static void take_pid_file(const struct master *master)
{
    const char *path = master->config->pid_file, *old = master->takeover->pid_file;
    struct failure failure;

    if (pidfile_write(path, &failure) < 0)
        warnx("%s", failure.message);
    if (old != NULL && (path == NULL || strcmp(old, path) != 0))
        pidfile_remove(old, master->takeover->predecessor);
}

static void take_charge(struct master *master, bool died, int64_t now_ns)
{
    master->takeover->in_charge = true;
    read_sums(master);
    take_listeners(master);
    take_pid_file(master);
    event_took_over(master->takeover->predecessor, died);
    if (died)
        master_search_queue(master, now_ns);
}

void takeover_listen(struct master *master, int64_t now_ns)
{
    struct takeover *takeover = master->takeover;
    char message[TAKEOVER_MESSAGE_SIZE];
    ssize_t got = recv(takeover->channel_fd, message, sizeof(message) - 1, MSG_DONTWAIT);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    message[got > 0 ? got : 0] = '\0';
    if (!takeover->in_charge && master->phase == PHASE_RUNNING &&
        (got <= 0 || strcmp(message, TAKEOVER_CHARGE) == 0))
        take_charge(master, got <= 0, now_ns);
    else if (strcmp(message, TAKEOVER_REST) == 0)
        read_sums(master);
    if (got > 0)
        return;
    master_unwatch(master, takeover->channel_fd);
    close(takeover->state_fd);
    takeover->channel_fd = takeover->state_fd = -1;
}

static void write_taken(const void *context, FILE *out)
{
    const struct master *master = context;

    for (size_t i = 0; i < master->inherited->count; i++) {
        if (master->inherited->items[i].listener->users > 1)
            fprintf(out, "taken %d\n", master->inherited->items[i].listener->fd);
    }
    if (master->control.shared)
        fprintf(out, "taken %d\n", master->control.fd);
}

void takeover_continue(struct master *master)
{
    struct takeover *takeover = master->takeover;

    if (takeover->in_charge || takeover->accepts || !master_all_announced(master))
        return;
    takeover->accepts = true;
    if (handover_write(takeover->state_fd, write_taken, master) < 0)
        warn("cannot tell process %d what was taken", (int)takeover->predecessor);
    else
        tell(takeover, TAKEOVER_ACCEPTS);
}

void takeover_close(struct takeover *takeover)
{
    if (takeover->channel_fd >= 0) {
        close(takeover->channel_fd);
        close(takeover->state_fd);
    }
    free(takeover->pid_file);
    takeover->pid_file = NULL;
    takeover->channel_fd = takeover->state_fd = -1;
}
