/*
 * successor: see successor.h.
 */
#include "server/upgrade/successor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/master/claims/pidfile.h"
#include "server/master/stop.h"
#include "server/upgrade/exec.h"
#include "server/upgrade/handover.h"
#include "server/upgrade/launcher.h"
#include "server/upgrade/report.h"
#include "server/upgrade/upgrade.h"

#define PROBATION_NS (100 * NS_PER_MS)

/* How long charge waits for the end of a launcher that was killed. */
#define LAUNCHER_ENDS_WITHIN_NS (100 * NS_PER_MS)

/* How often to try what must not fail because one call did. */
enum { ATTEMPTS = 3 };

/* A QUIT that relied on the upgrade changes nothing either: it would leave no server. */
void successor_refuse(struct upgrade *upgrade, const char *why)
{
    log_lines(LOG_ERROR, "not upgraded", why);
    if (upgrade->quits && upgrade->master->phase == PHASE_RUNNING)
        log_line(LOG_ERROR, "not stopped: QUIT came during the upgrade, and no successor serves");
    upgrade->quits = false;
    completion_set(&upgrade->completion, why);
}

void successor_close_channel(struct upgrade *upgrade)
{
    if (upgrade->channel_fd >= 0) {
        event_loop_remove(upgrade->loop, upgrade->channel_fd);
        close(upgrade->channel_fd);
    }
    if (upgrade->state_fd >= 0)
        close(upgrade->state_fd);
    upgrade->channel_fd = upgrade->state_fd = -1;
}

/* The successor is asked by its channel as well: at the end of that file a candidate without the
 * message would take charge. It may have accepted connections, which its workers will finish. */
void successor_give_up(struct upgrade *upgrade, const char *why, int64_t now_ns)
{
    upgrade->given_up = true;
    upgrade->due_ns = now_ns + SUCCESSOR_LEAVES_WITHIN_NS;
    if (upgrade->channel_fd >= 0)
        handover_send(upgrade->channel_fd, TAKEOVER_LEAVE);
    if (upgrade->successor > 0)
        kill(upgrade->successor, SIGTERM); /* may fail: it is killed when its time is over */
    successor_refuse(upgrade, why);
}

/* The successor accepts: let both serve for a moment, for it may crash over its first clients. */
static void begin_probation(struct upgrade *upgrade, int64_t now_ns)
{
    if (upgrade->accepts || upgrade->given_up || upgrade->master->role == ROLE_REPLACED)
        return;
    upgrade->accepts = true;
    upgrade->due_ns = now_ns + PROBATION_NS;
}

/* The successor has ended after it got charge: this master is stopping already. */
static void lose_successor(struct upgrade *upgrade, int64_t now_ns)
{
    log_line(LOG_ERROR, "the successor has ended as well: process %d", (int)upgrade->successor);
    upgrade->successor = 0;
    upgrade->master->change = CHANGE_NONE;
    master_search_queues(upgrade->master, now_ns);
}

/* The successor says WHY it cannot take over: it ends, or, as it was asked to stop, waits for the
 * word to leave. */
static void note_failure(struct upgrade *upgrade, const char *why, int64_t now_ns)
{
    strcpy(upgrade->why, why);
    if (!upgrade->given_up && upgrade->master->role != ROLE_REPLACED)
        successor_give_up(upgrade, why, now_ns);
}

/* The stop is of all generations: this one passes it on to its own predecessor. */
static void obey_stop(const struct upgrade *upgrade)
{
    takeover_stop(upgrade->takeover);
    stop_fast(upgrade->master, "the successor has stopped");
}

static void obey(struct upgrade *upgrade, const char *message, int64_t now_ns)
{
    if (exec_note_message(upgrade, message, now_ns))
        return;
    if (strncmp(message, TAKEOVER_FAILED, strlen(TAKEOVER_FAILED)) == 0)
        note_failure(upgrade, message + strlen(TAKEOVER_FAILED), now_ns);
    else if (strcmp(message, TAKEOVER_ACCEPTS) == 0)
        begin_probation(upgrade, now_ns);
    else if (strcmp(message, TAKEOVER_REOPEN) == 0)
        takeover_reopen_logs(upgrade->takeover);
    else if (strcmp(message, TAKEOVER_STOP) == 0 && upgrade->master->role == ROLE_REPLACED)
        obey_stop(upgrade);
}

/* Read one message. Only an end of file is the successor's end, and then the channel is closed: the
 * launcher's status says how it ended; one that has charge has no launcher any more. A call that
 * failed says nothing: were the channel closed for it, the successor would take charge beside this
 * master. Returns whether there was a message. */
static bool read_message(struct upgrade *upgrade, int64_t now_ns)
{
    char message[TAKEOVER_MESSAGE_SIZE];
    ssize_t got = recv(upgrade->channel_fd, message, sizeof(message) - 1, MSG_DONTWAIT);

    if (got == 0) {
        successor_close_channel(upgrade);
        if (upgrade->master->role == ROLE_REPLACED)
            lose_successor(upgrade, now_ns);
    } else if (got > 0) {
        message[got] = '\0';
        obey(upgrade, message, now_ns);
    } else if (errno != EAGAIN && errno != EINTR) {
        warn("cannot read what process %d sends, trying again", (int)upgrade->successor);
    }
    return got > 0;
}

/* Read all that the successor has sent so far. */
static void read_messages(struct upgrade *upgrade, int64_t now_ns)
{
    while (upgrade->channel_fd >= 0 && read_message(upgrade, now_ns))
        ;
}

/* A successor that was given up after its launcher had ended has no end but the channel's. */
void successor_on_message(void *context, uint32_t events)
{
    struct upgrade *upgrade = context;
    int64_t now_ns = clock_coarse_ns();

    (void)events;
    read_message(upgrade, now_ns);
    if (upgrade->channel_fd < 0 && upgrade->successor != 0 && upgrade->launcher == 0)
        successor_note_end(upgrade, 0, now_ns);
}

/* Returns whether PID, a child, has ended. It is not reaped here (waitid(2), WNOWAIT). */
static bool has_ended(pid_t pid)
{
    siginfo_t info = {.si_pid = 0};

    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

/* The successor has ended; the launcher, which knows how, ends next, but for one that is
 * stopped. */
static void await_launcher(struct upgrade *upgrade, int64_t now_ns)
{
    kill(upgrade->launcher, SIGCONT);
    upgrade->due_ns = now_ns + SUCCESSOR_LEAVES_WITHIN_NS;
}

bool successor_may_survive(const struct upgrade *upgrade)
{
    struct pollfd channel = {.fd = upgrade->channel_fd};
    int result = -1;

    if (upgrade->channel_fd < 0)
        return false;
    for (int attempt = 0; result < 0 && attempt < ATTEMPTS; attempt++)
        result = poll(&channel, 1, 0);
    if (result < 0)
        warn("cannot see whether process %d lives, killing it", (int)upgrade->successor);
    return result <= 0;
}

/* Charge is the successor's from here on, and the listeners that it took. */
static void retire(struct upgrade *upgrade)
{
    struct master *master = upgrade->master;

    upgrade->due_ns = NEVER_NS;
    master->role = ROLE_REPLACED;
    /* First: the manager ignores what the successor sends until it knows its pid. */
    service_manager_successor(&master->manager, upgrade->successor);
    report_charge(upgrade);
    if (master->control != NULL && master->control->shared)
        master_leave_control(master);
    log_line(LOG_NOTICE, "upgraded: process %d has taken over", (int)upgrade->successor);
    completion_set(&upgrade->completion, NULL);
    if (master->reload.wanted)
        kill(upgrade->successor, SIGHUP); /* it may have read the file before it changed */
}

/* The end of the launcher took time, in which the successor may have ended, and how no parent of it
 * can say. It may have been given up meanwhile, too: its end follows. Or this master was asked to
 * stop, which a successor in charge would never learn: upgrade_continue() gives it up.
 * What it took is read no earlier: if charge does not pass, the listeners are this master's still,
 * to be drained and removed. */
void successor_pass_charge(struct upgrade *upgrade, int64_t now_ns)
{
    char why[128];

    upgrade->launcher = 0;
    upgrade->passes = false;
    if (!successor_may_survive(upgrade)) {
        strcpy(upgrade->why, "the successor ended while it was given charge");
        successor_note_end(upgrade, 0, now_ns);
        return;
    }
    if (upgrade->given_up || upgrade->master->phase != PHASE_RUNNING)
        return;
    if (report_read_taken(upgrade) == 0) {
        retire(upgrade);
        return;
    }
    snprintf(why, sizeof(why), "cannot read what the successor took: %s", strerror(errno));
    successor_give_up(upgrade, why, now_ns);
}

/* Have charge pass to the successor, which was alive, when its launcher has ended: at once where
 * that cannot be killed. */
static void end_launcher(struct upgrade *upgrade, int64_t now_ns)
{
    upgrade->passes = true;
    upgrade->due_ns = now_ns + LAUNCHER_ENDS_WITHIN_NS;
    if (launcher_end(upgrade->launcher) < 0)
        successor_pass_charge(upgrade, now_ns);
}

void successor_give_charge(struct upgrade *upgrade, int64_t now_ns)
{
    upgrade->due_ns = NEVER_NS;
    read_messages(upgrade, now_ns);
    if (upgrade->channel_fd < 0)
        await_launcher(upgrade, now_ns);
    if (upgrade->channel_fd >= 0 && !upgrade->given_up && !has_ended(upgrade->launcher))
        end_launcher(upgrade, now_ns); /* else its end follows, or SIGCHLD */
}

/* Record why the successor ended, where it did not say so itself. */
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

/* The launcher may have been killed alone. The end of the channel would let a successor that lives
 * take charge, so that one is killed first; what becomes an orphan is not this master's to reap. */
static void kill_survivor(const struct upgrade *upgrade)
{
    int result = -1;

    if (upgrade->successor == 0 || !successor_may_survive(upgrade))
        return; /* one that is not known yet dies with its launcher */
    for (int attempt = 0; result < 0 && attempt < ATTEMPTS; attempt++)
        result = kill(upgrade->successor, SIGKILL);
    if (result < 0 && errno != ESRCH)
        warn("cannot kill process %d, which may take charge as well", (int)upgrade->successor);
}

void successor_note_end(struct upgrade *upgrade, int status, int64_t now_ns)
{
    read_messages(upgrade, now_ns); /* it may have said why */
    kill_survivor(upgrade);
    if (upgrade->successor > 0)
        pidfile_discard(upgrade->master->config->pid_file, upgrade->successor);
    upgrade->successor = upgrade->launcher = 0;
    describe_end(upgrade, status);
    if (!upgrade->given_up)
        successor_refuse(upgrade, upgrade->why);
    successor_close_channel(upgrade);
    upgrade->master->change = CHANGE_NONE;
    master_search_queues(upgrade->master, now_ns);
}
