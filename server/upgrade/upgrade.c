/*
 * upgrade: see upgrade.h.
 */
#include "server/upgrade/upgrade.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/master/pidfile.h"
#include "server/master/stop.h"
#include "server/upgrade/exec.h"
#include "server/upgrade/handover.h"
#include "server/upgrade/launcher.h"
#include "server/upgrade/report.h"

#define READY_WITHIN_NS  (10 * NS_PER_S)
#define PROBATION_NS     (100 * NS_PER_MS)
#define LEAVES_WITHIN_NS NS_PER_S
#define KILL_AGAIN_NS    (20 * NS_PER_MS)

static const char master_stops[] = "the master is stopping";

void upgrade_init(struct upgrade *upgrade, struct event_loop *loop, struct master *master,
                  const struct takeover *takeover, const struct upgrade_command *command)
{
    *upgrade = (struct upgrade){.loop = loop,
                                .master = master,
                                .takeover = takeover,
                                .command = command,
                                .channel_fd = -1,
                                .state_fd = -1};
}

int upgrade_reopen_logs(const struct upgrade *upgrade)
{
    takeover_reopen_log(upgrade->takeover);
    return log_sink_reopen(&upgrade->master->log);
}

/* Nothing changes because of WHY, which may have several lines. A QUIT that relied on the upgrade
 * changes nothing either: it would leave no server. */
static void refuse(struct upgrade *upgrade, const char *why)
{
    log_lines(LOG_ERROR, "not upgraded", why);
    if (upgrade->quits && upgrade->master->phase == PHASE_RUNNING)
        log_line(LOG_ERROR, "not stopped: QUIT came during the upgrade, and no successor serves");
    upgrade->quits = false;
    completion_set(&upgrade->completion, why);
}

static void close_channel(struct upgrade *upgrade)
{
    if (upgrade->channel_fd >= 0) {
        event_loop_remove(upgrade->loop, upgrade->channel_fd);
        close(upgrade->channel_fd);
    }
    if (upgrade->state_fd >= 0)
        close(upgrade->state_fd);
    upgrade->channel_fd = upgrade->state_fd = -1;
}

/* Ask the successor to leave, by its channel as well: at the end of that file a candidate without
 * the message would take charge. It may have accepted connections, which its workers will finish. */
static void give_up(struct upgrade *upgrade, const char *why, int64_t now_ns)
{
    upgrade->given_up = true;
    upgrade->due_ns = now_ns + LEAVES_WITHIN_NS;
    if (upgrade->channel_fd >= 0)
        handover_send(upgrade->channel_fd, TAKEOVER_LEAVE);
    kill(upgrade->successor, SIGTERM); /* may fail: after LEAVES_WITHIN_NS it is killed */
    refuse(upgrade, why);
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
        give_up(upgrade, why, now_ns);
}

static void obey(struct upgrade *upgrade, const char *message, int64_t now_ns)
{
    if (strncmp(message, TAKEOVER_FAILED, strlen(TAKEOVER_FAILED)) == 0)
        note_failure(upgrade, message + strlen(TAKEOVER_FAILED), now_ns);
    else if (strcmp(message, TAKEOVER_ACCEPTS) == 0)
        begin_probation(upgrade, now_ns);
    else if (strcmp(message, TAKEOVER_REOPEN) == 0)
        upgrade_reopen_logs(upgrade);
    else if (strcmp(message, TAKEOVER_STOP) == 0 && upgrade->master->role == ROLE_REPLACED)
        stop_fast(upgrade->master, "the successor has stopped");
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
        close_channel(upgrade);
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

static void on_message(void *context, uint32_t events)
{
    (void)events;
    read_message(context, clock_coarse_ns());
}

static void begin(struct upgrade *upgrade, int64_t now_ns)
{
    char why[256];

    upgrade->wanted = upgrade->accepts = upgrade->given_up = false;
    upgrade->read = 0;
    upgrade->why[0] = '\0';
    upgrade->successor = exec_successor(upgrade, on_message);
    if (upgrade->successor < 0) {
        snprintf(why, sizeof(why), "cannot start a successor: %s", strerror(errno));
        upgrade->successor = 0;
        close_channel(upgrade);
        refuse(upgrade, why);
        return;
    }
    upgrade->master->change = CHANGE_UPGRADE;
    upgrade->due_ns = now_ns + READY_WITHIN_NS;
    log_line(LOG_NOTICE, "upgrading: process %d, %s, is to take over", (int)upgrade->successor,
             upgrade->command->executable);
}

/* Returns why there can be no upgrade at all, or NULL. */
static const char *find_obstacle(const struct master *master)
{
    if (master->role == ROLE_REPLACED)
        return "a successor is in charge already";
    if (master->phase != PHASE_RUNNING)
        return master_stops;
    /* The end of process 1 is the end of its container, or of the system. */
    if (master->host.pid == 1)
        return "process 1 cannot hand over to another process: start a new container instead";
    return NULL;
}

static bool can_begin(const struct upgrade *upgrade)
{
    return upgrade->master->change == CHANGE_NONE && upgrade->master->role == ROLE_IN_CHARGE;
}

void upgrade_request(struct upgrade *upgrade, int64_t now_ns)
{
    const char *obstacle = find_obstacle(upgrade->master);

    if (obstacle != NULL)
        refuse(upgrade, obstacle);
    else if (can_begin(upgrade))
        begin(upgrade, now_ns);
    else
        upgrade->wanted = upgrade->successor == 0 || upgrade->given_up;
}

bool upgrade_defer_quit(struct upgrade *upgrade)
{
    bool starting = upgrade->successor != 0 && !upgrade->given_up;

    if (upgrade->master->phase != PHASE_RUNNING || upgrade->master->role == ROLE_REPLACED ||
        !(starting || upgrade->wanted))
        return false;
    if (!upgrade->quits)
        log_line(LOG_NOTICE, "QUIT: stopping once the successor has taken over");
    upgrade->quits = true;
    return true;
}

/* Returns whether PID, a child, has ended. It is not reaped here (waitid(2), WNOWAIT). */
static bool has_ended(pid_t pid)
{
    siginfo_t info = {.si_pid = 0};

    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

/* Give the successor charge. From here on there is no way back. */
static void give_charge(struct upgrade *upgrade, int64_t now_ns)
{
    struct master *master = upgrade->master;
    char why[128];

    upgrade->due_ns = NEVER_NS;
    read_messages(upgrade, now_ns);
    if (upgrade->given_up || has_ended(upgrade->launcher))
        return; /* its end follows, or SIGCHLD */
    if (report_read_taken(upgrade) < 0) {
        snprintf(why, sizeof(why), "cannot read what the successor took: %s", strerror(errno));
        give_up(upgrade, why, now_ns);
        return;
    }
    launcher_end(upgrade->launcher);
    upgrade->launcher = 0;
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
 * take charge, so that one is killed first. */
static void kill_survivor(const struct upgrade *upgrade)
{
    struct pollfd channel = {.fd = upgrade->channel_fd};

    if (upgrade->channel_fd >= 0 && poll(&channel, 1, 0) == 0)
        kill(upgrade->successor, SIGKILL);
}

static void note_end(struct upgrade *upgrade, int status, int64_t now_ns)
{
    read_messages(upgrade, now_ns); /* it may have said why */
    kill_survivor(upgrade);
    pidfile_discard(upgrade->master->config->pid_file, upgrade->successor);
    upgrade->successor = upgrade->launcher = 0;
    describe_end(upgrade, status);
    if (!upgrade->given_up)
        refuse(upgrade, upgrade->why);
    close_channel(upgrade);
    upgrade->master->change = CHANGE_NONE;
    master_search_queues(upgrade->master, now_ns);
}

bool upgrade_note_status(struct upgrade *upgrade, pid_t pid, int status, int64_t now_ns)
{
    if (pid != upgrade->launcher)
        return false;
    if (!WIFSTOPPED(status) && !WIFCONTINUED(status))
        note_end(upgrade, status, now_ns);
    return true;
}

/* The time of the successor is over: for leaving, for its probation, or for accepting. */
static void judge(struct upgrade *upgrade, int64_t now_ns)
{
    if (upgrade->given_up) {
        upgrade->due_ns = now_ns + LEAVES_WITHIN_NS; /* again, if it fails */
        kill(upgrade->successor, SIGKILL);           /* its workers finish their connections */
    } else if (upgrade->accepts) {
        give_charge(upgrade, now_ns);
    } else {
        give_up(upgrade, "the successor's workers do not all accept within 10 s", now_ns);
    }
}

/* The master stops without being replaced: give up what is under way. */
static void cancel(struct upgrade *upgrade, int64_t now_ns)
{
    if (upgrade->successor != 0 && !upgrade->given_up)
        give_up(upgrade, master_stops, now_ns);
    else if (upgrade->wanted)
        refuse(upgrade, master_stops);
    upgrade->wanted = false;
}

int64_t upgrade_continue(struct upgrade *upgrade, int64_t now_ns)
{
    bool replaced = upgrade->master->role == ROLE_REPLACED;

    if (upgrade->master->phase != PHASE_RUNNING && !replaced)
        cancel(upgrade, now_ns);
    if (upgrade->wanted && can_begin(upgrade))
        begin(upgrade, now_ns);
    if (upgrade->successor != 0 && !replaced && now_ns >= upgrade->due_ns)
        judge(upgrade, now_ns);
    return upgrade->successor == 0 ? NEVER_NS : upgrade->due_ns;
}

void upgrade_finish(struct upgrade *upgrade)
{
    if (upgrade->master->role == ROLE_REPLACED && upgrade->channel_fd >= 0)
        report_rest(upgrade);
}

bool upgrade_end_successor(struct upgrade *upgrade, int64_t now_ns)
{
    if (upgrade->successor == 0 || upgrade->master->role == ROLE_REPLACED)
        return true;
    if (upgrade->end_due_ns == 0)
        upgrade->end_due_ns = now_ns + LEAVES_WITHIN_NS;
    kill(upgrade->successor, SIGKILL); /* it was asked to leave */
    kill(upgrade->launcher, SIGCONT);
    if (now_ns < upgrade->end_due_ns) {
        upgrade->due_ns = clock_earlier_ns(upgrade->due_ns, now_ns + KILL_AGAIN_NS);
        return false;
    }
    log_line(LOG_ERROR, "process %d, the successor, does not end although it was killed",
             (int)upgrade->successor);
    return true;
}

void upgrade_close(struct upgrade *upgrade)
{
    close_channel(upgrade);
    completion_forget(&upgrade->completion);
}
