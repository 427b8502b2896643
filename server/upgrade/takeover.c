/*
 * takeover: see takeover.h.
 */
#include "server/upgrade/takeover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/master/claims/claims.h"
#include "server/master/claims/pidfile.h"
#include "server/master/generations.h"
#include "server/master/master.h"
#include "server/master/stop.h"
#include "server/upgrade/handover.h"
#include "server/upgrade/takeover_state.h"

MAY_FAIL takeover_begin(struct takeover *takeover, struct inherited *inherited,
                        struct failure *failure)
{
    const char *said = getenv(TAKEOVER_VARIABLE);
    int pid, predecessor, channel_fd, state_fd;

    *takeover = (struct takeover){.channel_fd = -1, .state_fd = -1};
    if (said == NULL ||
        sscanf(said, "%d %d %d %d", &pid, &predecessor, &channel_fd, &state_fd) != 4 ||
        pid != getpid()) {
        unsetenv(TAKEOVER_VARIABLE); /* it was meant for another process */
        return NULL;
    }
    unsetenv(TAKEOVER_VARIABLE);
    if (fcntl(channel_fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(state_fd, F_SETFD, FD_CLOEXEC) < 0)
        return fail(failure, STATUS_SYSTEM, "cannot use what " TAKEOVER_VARIABLE " names: %s",
                    strerror(errno));
    takeover->channel_fd = channel_fd;
    takeover->state_fd = state_fd;
    takeover->predecessor = predecessor;
    return takeover_state_read(takeover, inherited, failure);
}

void takeover_fail(const struct takeover *takeover, const char *why)
{
    char message[TAKEOVER_MESSAGE_SIZE];

    snprintf(message, sizeof(message), TAKEOVER_FAILED "%s", why);
    if (takeover->channel_fd >= 0)
        handover_send(takeover->channel_fd, message);
}

/* Own the listeners, but for those of a service manager, with the options of this configuration.
 * One that neither a pool nor the control socket shares stays the predecessor's, which may still
 * accept on it and removes its socket file; after a predecessor that DIED this master does. */
static void take_listeners(struct master *master, bool died)
{
    for (size_t i = 0; i < master->inherited->count; i++) {
        struct listener *listener = master->inherited->items[i].listener;

        listener->shared = !died && listener->users == 1;
    }
    generations_adjust_listeners(master);
    claims_adjust_control(master->config, master->control);
    inherited_close(master->inherited);
}

static void take_charge(struct takeover *takeover, bool died, int64_t now_ns)
{
    takeover->master->role = ROLE_IN_CHARGE;
    if (!died) /* else it has written nothing, or half of it */
        takeover_state_read_totals(takeover);
    take_listeners(takeover->master, died);
    /* The predecessor leaves its own alone: it would not know whose file it removes. */
    pidfile_replace(takeover->master->config->pid_file, takeover->pid_file, takeover->predecessor);
    log_line(LOG_NOTICE, "taken over from process %d%s", (int)takeover->predecessor,
             died ? ", which died" : "");
    if (died)
        master_search_queues(takeover->master, now_ns);
    if (takeover->stop_wanted)
        stop_request(takeover->master, now_ns);
}

static void close_channel(struct takeover *takeover)
{
    if (takeover->channel_fd >= 0)
        close(takeover->channel_fd);
    if (takeover->state_fd >= 0)
        close(takeover->state_fd);
    takeover->channel_fd = takeover->state_fd = -1;
}

/* The predecessor has ended. If it had not given charge, it died. */
static void note_end(struct takeover *takeover)
{
    if (takeover->master->role == ROLE_CANDIDATE && takeover->master->phase == PHASE_RUNNING)
        take_charge(takeover, true, clock_coarse_ns());
    event_loop_remove(takeover->loop, takeover->channel_fd);
    close_channel(takeover);
}

static void obey(struct takeover *takeover, const char *message)
{
    struct master *master = takeover->master;
    bool is_candidate = master->role == ROLE_CANDIDATE && master->phase == PHASE_RUNNING;

    if (strcmp(message, TAKEOVER_REST) == 0)
        takeover_state_read_totals(takeover);
    else if (is_candidate && strcmp(message, TAKEOVER_CHARGE) == 0)
        take_charge(takeover, false, clock_coarse_ns());
    else if (is_candidate && strcmp(message, TAKEOVER_LEAVE) == 0)
        stop_begin(master, clock_coarse_ns());
}

/* Read one message. Only the end of file is the end of the predecessor: a call that failed says
 * nothing about it. */
static void on_message(void *context, uint32_t events)
{
    struct takeover *takeover = context;
    char message[TAKEOVER_MESSAGE_SIZE];
    ssize_t got = recv(takeover->channel_fd, message, sizeof(message) - 1, MSG_DONTWAIT);

    (void)events;
    if (got == 0) {
        note_end(takeover);
    } else if (got > 0) {
        message[got] = '\0';
        obey(takeover, message);
    } else if (errno != EAGAIN && errno != EINTR) {
        warn("cannot read what process %d sends, trying again", (int)takeover->predecessor);
    }
}

bool takeover_defer_stop(struct takeover *takeover)
{
    if (takeover->master->role != ROLE_CANDIDATE || takeover->channel_fd < 0 ||
        takeover->stop_wanted)
        return false;
    takeover->stop_wanted = true;
    log_line(LOG_NOTICE,
             "asked to stop during the upgrade: process %d, which is in charge, decides",
             (int)takeover->predecessor);
    takeover_fail(takeover, "the successor was asked to stop");
    return true;
}

int takeover_watch(struct takeover *takeover, struct event_loop *loop, struct master *master)
{
    takeover->loop = loop;
    takeover->master = master;
    return takeover->channel_fd < 0
               ? 0
               : event_loop_add(loop, takeover->channel_fd, EPOLLIN, on_message, takeover);
}

static void log_wait(struct takeover *takeover)
{
    if (takeover->waits || takeover->channel_fd < 0)
        return;
    takeover->waits = true;
    log_line(LOG_NOTICE, "stopping: process %d still finishes its connections",
             (int)takeover->predecessor);
}

void takeover_continue(struct takeover *takeover)
{
    const struct master *master = takeover->master;
    char why[128];

    if (master->role == ROLE_IN_CHARGE && master->phase == PHASE_STOPPING)
        log_wait(takeover);
    if (master->role != ROLE_CANDIDATE || takeover->accepts || takeover->channel_fd < 0 ||
        !master_is_ready(master))
        return;
    takeover->accepts = true;
    if (takeover_state_write_taken(takeover) < 0) {
        snprintf(why, sizeof(why), "the successor cannot write what it took: %s", strerror(errno));
        takeover_fail(takeover, why);
    } else if (handover_send(takeover->channel_fd, TAKEOVER_ACCEPTS) < 0) {
        warn("cannot send '" TAKEOVER_ACCEPTS "' to process %d", (int)takeover->predecessor);
    }
}

/* A predecessor that is gone, or whose channel is full, has nothing to reopen, or will reopen it
 * for a message that waits already. */
int takeover_reopen_logs(const struct takeover *takeover)
{
    if (takeover->channel_fd >= 0)
        handover_send(takeover->channel_fd, TAKEOVER_REOPEN);
    return log_sink_reopen(&takeover->master->log);
}

void takeover_stop(const struct takeover *takeover)
{
    if (takeover->channel_fd >= 0)
        handover_send(takeover->channel_fd, TAKEOVER_STOP);
}

void takeover_close(struct takeover *takeover)
{
    close_channel(takeover);
    free(takeover->pid_file);
    takeover->pid_file = NULL;
}
