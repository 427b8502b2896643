/*
 * upgrade: see upgrade.h.
 */
#include "server/upgrade/upgrade.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/event.h"
#include "server/master/master.h"
#include "server/upgrade/exec.h"
#include "server/upgrade/handover.h"

#define READY_WITHIN_NS  (10 * NS_PER_S)
#define PROBATION_NS     (100 * NS_PER_MS)
#define LEAVES_WITHIN_NS NS_PER_S

/* Nothing changes, because of WHY, which may have lines. */
static void refuse(struct master *master, const char *why)
{
    event_upgrade_failed(why);
    completion_set(&master->upgrade.completion, why);
}

static void close_channel(struct master *master)
{
    struct upgrade *upgrade = &master->upgrade;

    if (upgrade->channel_fd >= 0)
        master_unwatch(master, upgrade->channel_fd);
    if (upgrade->state_fd >= 0)
        close(upgrade->state_fd);
    upgrade->channel_fd = upgrade->state_fd = -1;
}

static void begin(struct master *master, int64_t now_ns)
{
    struct upgrade *upgrade = &master->upgrade;
    char why[256];
    pid_t pid;

    upgrade->wanted = upgrade->accepts = upgrade->given_up = false;
    upgrade->read = 0;
    upgrade->why[0] = '\0';
    pid = exec_successor(master);
    if (pid < 0) {
        snprintf(why, sizeof(why), "cannot start a successor: %s", strerror(errno));
        close_channel(master);
        refuse(master, why);
        return;
    }
    upgrade->successor = pid;
    upgrade->due_ns = now_ns + READY_WITHIN_NS;
    event_upgrading(master->command->executable, pid);
}

/* Why there can be none at all, or NULL. */
static const char *find_obstacle(const struct master *master)
{
    if (master->upgrade.done)
        return "a successor is in charge already";
    if (master->phase != PHASE_RUNNING)
        return "the master is stopping";
    /* The end of process 1 is the end of its container, or of the system. */
    if (master->pid == 1)
        return "process 1 cannot hand over to another process: start a new container instead";
    return NULL;
}

static bool can_begin(const struct master *master)
{
    return master->upgrade.successor == 0 && master->reload.config == NULL &&
           master->takeover->in_charge;
}

void upgrade_ask(struct master *master, int64_t now_ns)
{
    const char *obstacle = find_obstacle(master);

    if (obstacle != NULL)
        refuse(master, obstacle);
    else if (can_begin(master))
        begin(master, now_ns);
    else
        master->upgrade.wanted = master->upgrade.successor == 0 || master->upgrade.given_up;
}

/* It is asked to leave. It may have accepted callers, but these are in its workers' hands. */
static void give_up(struct master *master, const char *why, int64_t now_ns)
{
    struct upgrade *upgrade = &master->upgrade;

    upgrade->given_up = true;
    upgrade->due_ns = now_ns + LEAVES_WITHIN_NS;
    kill(upgrade->successor, SIGTERM);
    refuse(master, why);
}

static void note_taken(void *context, const char *line)
{
    struct master *master = context;
    int fd;

    if (sscanf(line, "taken %d", &fd) != 1)
        return;
    if (fd == master->control.fd)
        master->control.shared = true;
    for (struct pool *pool = master->pools; pool != NULL; pool = pool->next) {
        if (pool_listens(pool) && pool->listener->fd == fd)
            pool->listener->shared = true;
    }
}

/* What all pools of each pool have counted, those that work included, since the successor was told
 * last. */
static void write_sums(const void *context, FILE *out)
{
    const struct master *master = context;

    for (struct pool *pool = master->pools; pool != NULL; pool = pool->next) {
        struct totals totals = pool_totals(pool, clock_coarse_ns());

        fprintf(out, "pool %s\n", pool->config->name);
        totals_print(&totals, &pool->told, out);
        pool->told = totals;
    }
}

static void tell_sums(struct master *master, const char *message)
{
    struct upgrade *upgrade = &master->upgrade;

    if (handover_write(upgrade->state_fd, write_sums, master) < 0)
        warn("cannot tell process %d what was counted", (int)upgrade->successor);
    if (send(upgrade->channel_fd, message, strlen(message), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        warn("cannot tell process %d '%s'", (int)upgrade->successor, message);
}

/* Whether PID, a child, has ended and was not reaped yet; it is not reaped here (waitid(2)). */
static bool has_ended(pid_t pid)
{
    siginfo_t info = {.si_pid = 0};

    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == pid;
}

/* The successor accepts, and lives: from here on there is no way back. */
static void give_charge(struct master *master, int64_t now_ns)
{
    struct upgrade *upgrade = &master->upgrade;

    upgrade->due_ns = WATCHDOG_NEVER;
    if (has_ended(upgrade->successor))
        return; /* SIGCHLD is on its way */
    if (handover_read(upgrade->state_fd, &upgrade->read, note_taken, master) < 0) {
        give_up(master, "cannot read what the successor took", now_ns);
        return;
    }
    upgrade->done = true;
    service_manager_successor(&master->manager, upgrade->successor);
    tell_sums(master, TAKEOVER_CHARGE);
    event_upgraded(upgrade->successor);
    completion_set(&upgrade->completion, NULL);
    if (master->reload.wanted)
        kill(upgrade->successor, SIGHUP); /* it may have read the configuration before it changed */
}

/* Both serve for a moment: a successor that falls over its first callers is not in charge yet. */
static void begin_probation(struct upgrade *upgrade, int64_t now_ns)
{
    if (upgrade->accepts || upgrade->given_up || upgrade->done)
        return;
    upgrade->accepts = true;
    upgrade->due_ns = now_ns + PROBATION_NS;
}

void upgrade_listen(struct master *master, int64_t now_ns)
{
    struct upgrade *upgrade = &master->upgrade;
    char message[TAKEOVER_MESSAGE_SIZE];
    ssize_t got = recv(upgrade->channel_fd, message, sizeof(message) - 1, MSG_DONTWAIT);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    message[got > 0 ? got : 0] = '\0';
    if (got <= 0)
        close_channel(master); /* how it ended is told by waitpid(2) */
    else if (strncmp(message, TAKEOVER_FAILED, strlen(TAKEOVER_FAILED)) == 0)
        strcpy(upgrade->why, message + strlen(TAKEOVER_FAILED));
    else if (strcmp(message, TAKEOVER_ACCEPTS) == 0)
        begin_probation(upgrade, now_ns);
}

/* Why it ended, where it did not say so itself. */
static void describe_end(struct upgrade *upgrade, int status)
{
    if (upgrade->why[0] != '\0')
        return;
    if (WIFSIGNALED(status))
        snprintf(upgrade->why, sizeof(upgrade->why), "the successor was killed by signal %d (%s)",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(upgrade->why, sizeof(upgrade->why), "the successor ended with status %d",
                 WEXITSTATUS(status));
}

bool upgrade_note_end(struct master *master, pid_t pid, int status, int64_t now_ns)
{
    struct upgrade *upgrade = &master->upgrade;

    if (pid != upgrade->successor || upgrade->successor == 0)
        return false;
    if (WIFSTOPPED(status) || WIFCONTINUED(status))
        return true;
    if (upgrade->channel_fd >= 0)
        upgrade_listen(master, now_ns); /* its last words */
    upgrade->successor = 0;
    describe_end(upgrade, status);
    if (upgrade->done)
        event_successor_ended(upgrade->why);
    else if (!upgrade->given_up)
        refuse(master, upgrade->why);
    close_channel(master);
    master_search_queue(master, now_ns);
    return true;
}

/* Its time is over: for leaving, for accepting, or of its probation. */
static void judge(struct master *master, int64_t now_ns)
{
    struct upgrade *upgrade = &master->upgrade;

    if (upgrade->given_up) {
        upgrade->due_ns = WATCHDOG_NEVER;
        kill(upgrade->successor, SIGKILL); /* its workers survive it, with what they have in hand */
    } else if (upgrade->accepts) {
        give_charge(master, now_ns);
    } else {
        give_up(master, "the successor's workers do not all accept within 10 s", now_ns);
    }
}

int64_t upgrade_continue(struct master *master, int64_t now_ns)
{
    struct upgrade *upgrade = &master->upgrade;

    if (upgrade->wanted && can_begin(master))
        begin(master, now_ns);
    if (upgrade->successor != 0 && !upgrade->done && now_ns >= upgrade->due_ns)
        judge(master, now_ns);
    return upgrade->successor == 0 ? WATCHDOG_NEVER : upgrade->due_ns;
}

void upgrade_forget(struct master *master, int64_t now_ns)
{
    static const char why[] = "the master is stopping";
    struct upgrade *upgrade = &master->upgrade;

    if (upgrade->done)
        return;
    if (upgrade->successor != 0 && !upgrade->given_up)
        give_up(master, why, now_ns);
    else if (upgrade->wanted)
        refuse(master, why);
    upgrade->wanted = false;
}

void upgrade_finish(struct master *master)
{
    if (master->upgrade.done && master->upgrade.channel_fd >= 0)
        tell_sums(master, TAKEOVER_REST);
}

void upgrade_end_successor(struct upgrade *upgrade)
{
    if (upgrade->successor == 0 || upgrade->done)
        return;
    kill(upgrade->successor, SIGKILL); /* it has been asked to leave */
    waitpid(upgrade->successor, NULL, 0);
    upgrade->successor = 0;
}

void upgrade_close(struct upgrade *upgrade)
{
    if (upgrade->channel_fd >= 0)
        close(upgrade->channel_fd);
    if (upgrade->state_fd >= 0)
        close(upgrade->state_fd);
    completion_forget(&upgrade->completion);
}
