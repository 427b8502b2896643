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
#include <sys/socket.h>
#include <unistd.h>

#include "server/master/master.h"
#include "server/upgrade/handover.h"

static void write_state(const void *context, FILE *out)
{
    const struct master *master = context;
    const struct control *control = &master->control;

    fprintf(out, "generation %" PRIu64 "\n", master->generation);
    if (master->config->pid_file != NULL)
        fprintf(out, "pid_file %s\n", master->config->pid_file);
    if (control->fd >= 0)
        fprintf(out, "control %d %d %" PRIuMAX " %" PRIuMAX " %s\n", control->fd,
                control->file.lock_fd, (uintmax_t)control->file.device,
                (uintmax_t)control->file.inode, master->config->control);
    for (const struct pool *pool = master->pools; pool != NULL; pool = pool->next) {
        if (pool->generation != master->generation)
            continue;
        fprintf(out, "pool %s\n", pool->config->name);
        handover_print_listener(pool->listener, out);
    }
}

static void keep(int fd)
{
    if (fd >= 0)
        fcntl(fd, F_SETFD, 0);
}

/* In the child: have exec(2) leave open what the successor is told of. */
static void keep_descriptors(const struct master *master, int channel_fd)
{
    keep(channel_fd);
    keep(master->upgrade.state_fd);
    keep(master->control.fd);
    keep(master->control.file.lock_fd);
    for (const struct pool *pool = master->pools; pool != NULL; pool = pool->next) {
        if (pool->generation != master->generation)
            continue;
        keep(pool->listener->fd);
        keep(pool->listener->file.lock_fd);
    }
}

/* The signals stay blocked until the successor takes them. */
static _Noreturn void become_successor(const struct master *master, int channel_fd)
{
    const struct upgrade_command *command = master->command;
    char text[TAKEOVER_MESSAGE_SIZE];

    snprintf(text, sizeof(text), "%d %d %d %d", (int)getpid(), (int)master->pid, channel_fd,
             master->upgrade.state_fd);
    keep_descriptors(master, channel_fd);
    unsetenv("WATCHDOG_PID"); /* it was us whom the service manager meant */
    if (setenv(TAKEOVER_VARIABLE, text, 1) == 0)
        execv(command->executable, command->arguments);
    snprintf(text, sizeof(text), TAKEOVER_FAILED "cannot execute %s: %s", command->executable,
             strerror(errno));
    send(channel_fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
    _exit(STATUS_SYSTEM);
}

/* The ends of a channel, ours watched, and the file. 0, or -1 with errno and nothing left open. */
static int open_channel(struct master *master, int *theirs)
{
    struct upgrade *upgrade = &master->upgrade;
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return -1;
    upgrade->channel_fd = ends[0];
    *theirs = ends[1];
    upgrade->state_fd = handover_create();
    if (upgrade->state_fd >= 0 && handover_write(upgrade->state_fd, write_state, master) == 0 &&
        master_watch(master, upgrade->channel_fd, EVENT_SUCCESSOR) == 0)
        return 0;
    close(ends[1]);
    return -1;
}

pid_t exec_successor(struct master *master)
{
    int theirs;
    pid_t pid;

    if (open_channel(master, &theirs) < 0)
        return -1;
    pid = fork();
    if (pid == 0)
        become_successor(master, theirs);
    close(theirs);
    return pid;
}
