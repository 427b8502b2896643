/*
 * exec: see exec.h.
 */
#include "server/upgrade/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/upgrade/handover.h"
#include "server/upgrade/launcher.h"
#include "server/upgrade/successor.h"
#include "server/upgrade/upgrade.h"

static void write_state(const void *context, FILE *out)
{
    const struct upgrade *upgrade = context;
    const struct master *master = upgrade->master;

    fprintf(out, "generation %" PRIu64 "\n", master->generation);
    if (master->config->pid_file != NULL)
        fprintf(out, "pid_file %s\n", master->config->pid_file);
    if (master->control != NULL) {
        fputs("control\n", out);
        handover_print_listener(master->control, out);
    }
    for_each_pool_in_force (pool, master) {
        fprintf(out, "pool %s\n", pool->config->name);
        handover_print_listener(pool->listener, out);
    }
}

static void clear_close_on_exec(int fd)
{
    fcntl(fd, F_SETFD, 0);
}

static void keep_listener(const struct listener *listener)
{
    if (listener->fd >= 0)
        clear_close_on_exec(listener->fd);
    if (listener->file.lock_fd >= 0)
        clear_close_on_exec(listener->file.lock_fd);
}

/* In the successor's process: have execve(2) leave open what the hand-over file names. */
static void keep_descriptors(const struct upgrade *upgrade, int channel_fd)
{
    clear_close_on_exec(channel_fd);
    clear_close_on_exec(upgrade->state_fd);
    if (upgrade->master->control != NULL)
        keep_listener(upgrade->master->control);
    for_each_pool_in_force (pool, upgrade->master)
        keep_listener(pool->listener);
}

/* What the successor's process is given. */
struct gift {
    const struct upgrade *upgrade;
    int channel_fd;
};

/* In the successor's process. The signals stay blocked until the successor handles them. */
static void become_successor(const void *context)
{
    const struct gift *gift = context;
    const struct upgrade *upgrade = gift->upgrade;
    const struct upgrade_command *command = upgrade->command;
    int channel_fd = gift->channel_fd;
    char text[TAKEOVER_MESSAGE_SIZE];

    snprintf(text, sizeof(text), "%d %d %d %d", (int)getpid(), (int)upgrade->master->host.pid,
             channel_fd, upgrade->state_fd);
    keep_descriptors(upgrade, channel_fd);
    unsetenv("WATCHDOG_PID"); /* it names the predecessor */
    if (setenv(TAKEOVER_VARIABLE, text, 1) == 0)
        execv(command->executable, command->arguments);
    snprintf(text, sizeof(text), TAKEOVER_FAILED "cannot execute %s: %s", command->executable,
             strerror(errno));
    send(channel_fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
    _exit(STATUS_SYSTEM);
}

/* Open the channel and the hand-over file. Returns the successor's end of the channel, or -1 with
 * errno. */
static int open_channel(struct upgrade *upgrade, event_handler *handler)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return -1;
    if (event_loop_add(upgrade->loop, ends[0], EPOLLIN, handler, upgrade) < 0) {
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    upgrade->channel_fd = ends[0];
    upgrade->state_fd = handover_create();
    if (upgrade->state_fd >= 0 && handover_write(upgrade->state_fd, write_state, upgrade) == 0)
        return ends[1];
    close(ends[1]);
    return -1;
}

int exec_successor(struct upgrade *upgrade, event_handler *handler)
{
    const struct gift gift = {upgrade, open_channel(upgrade, handler)};
    pid_t launcher;

    upgrade->successor = 0;
    if (gift.channel_fd < 0)
        return -1;
    launcher = launcher_start(gift.channel_fd, become_successor, &gift);
    upgrade->launcher = launcher < 0 ? 0 : launcher;
    close(gift.channel_fd);
    return launcher < 0 ? -1 : 0;
}

/* The launcher has started PID: now that it can be ended, let it go on. One that has ended already
 * is reported when its launcher, which knows how, has ended as well. */
static void note_started(struct upgrade *upgrade, pid_t pid, int64_t now_ns)
{
    char why[128];

    upgrade->successor = pid;
    if (upgrade->given_up || handover_send(upgrade->channel_fd, TAKEOVER_GO) == 0 ||
        errno == EPIPE || errno == ECONNRESET)
        return;
    snprintf(why, sizeof(why), "cannot start a successor: %s", strerror(errno));
    successor_give_up(upgrade, why, now_ns);
}

/* What is logged of the successor holds from here on: it no longer dies with this master. One that
 * was given up in the meantime is not to take over. */
static void note_going(struct upgrade *upgrade)
{
    if (upgrade->goes || upgrade->given_up)
        return;
    upgrade->goes = true;
    log_line(LOG_NOTICE, "upgrading: process %d, %s, is to take over", (int)upgrade->successor,
             upgrade->command->executable);
}

/* Only the first message is the launcher's: no successor names another process as itself. */
bool exec_note_message(struct upgrade *upgrade, const char *message, int64_t now_ns)
{
    int pid;

    if (upgrade->successor == 0 && sscanf(message, TAKEOVER_STARTED "%d", &pid) == 1)
        note_started(upgrade, pid, now_ns);
    else if (strcmp(message, TAKEOVER_GOES) == 0)
        note_going(upgrade);
    else
        return false;
    return true;
}
