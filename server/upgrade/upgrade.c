/*
 * upgrade: see upgrade.h.
 */
#include "server/upgrade/upgrade.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/upgrade/exec.h"
#include "server/upgrade/report.h"
#include "server/upgrade/successor.h"

#define KILL_AGAIN_NS (20 * NS_PER_MS)

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

static void begin(struct upgrade *upgrade, int64_t now_ns)
{
    char why[256];

    upgrade->master->upgrade_wanted = upgrade->given_up = false;
    upgrade->goes = upgrade->accepts = upgrade->passes = false;
    upgrade->read = 0;
    upgrade->why[0] = '\0';
    if (exec_successor(upgrade, successor_on_message) < 0) {
        snprintf(why, sizeof(why), "cannot start a successor: %s", strerror(errno));
        successor_close_channel(upgrade);
        successor_refuse(upgrade, why);
        return;
    }
    upgrade->master->change = CHANGE_UPGRADE;
    upgrade->due_ns = now_ns + pool_ready_within_ns(upgrade->master->config);
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

/* Returns whether there is a successor, or a launcher that starts one. */
static bool is_under_way(const struct upgrade *upgrade)
{
    return upgrade->launcher != 0 || upgrade->successor != 0;
}

static bool can_begin(const struct upgrade *upgrade)
{
    return upgrade->master->change == CHANGE_NONE && upgrade->master->role == ROLE_IN_CHARGE;
}

void upgrade_request(struct upgrade *upgrade, int64_t now_ns)
{
    const char *obstacle = find_obstacle(upgrade->master);

    if (obstacle != NULL)
        successor_refuse(upgrade, obstacle);
    else if (can_begin(upgrade))
        begin(upgrade, now_ns);
    else
        upgrade->master->upgrade_wanted = !is_under_way(upgrade) || upgrade->given_up;
}

bool upgrade_defer_quit(struct upgrade *upgrade)
{
    bool starting = is_under_way(upgrade) && !upgrade->given_up;

    if (upgrade->master->phase != PHASE_RUNNING || upgrade->master->role == ROLE_REPLACED ||
        !(starting || upgrade->master->upgrade_wanted))
        return false;
    if (!upgrade->quits)
        log_line(LOG_NOTICE, "QUIT: stopping once the successor has taken over");
    upgrade->quits = true;
    return true;
}

bool upgrade_note_status(struct upgrade *upgrade, pid_t pid, int status, int64_t now_ns)
{
    if (pid != upgrade->launcher)
        return false;
    if (WIFSTOPPED(status) || WIFCONTINUED(status))
        return true;
    if (upgrade->passes)
        successor_pass_charge(upgrade, now_ns);
    else
        successor_note_end(upgrade, status, now_ns);
    return true;
}

/* The end of the successor is awaited, and a launcher that is stopped has none. A successor that is
 * not known yet dies with its launcher; after the launcher's end it may have been reaped, and its
 * pid be another process's. */
static void kill_successor(const struct upgrade *upgrade)
{
    if (upgrade->successor > 0 && (upgrade->launcher > 0 || successor_may_survive(upgrade)))
        kill(upgrade->successor, SIGKILL); /* its workers finish their connections */
    if (upgrade->launcher > 0)
        kill(upgrade->launcher, upgrade->successor > 0 ? SIGCONT : SIGKILL);
}

/* Give up a successor of which nothing was heard in time. */
static void give_up_late(struct upgrade *upgrade, int64_t now_ns)
{
    char why[128];

    snprintf(why, sizeof(why), "the successor%s within %lld s",
             upgrade->goes ? "'s workers do not all accept" : " has not started",
             (long long)(pool_ready_within_ns(upgrade->master->config) / NS_PER_S));
    successor_give_up(upgrade, why, now_ns);
}

/* The time of the successor is over: for leaving, for the end of its launcher, for its probation,
 * or for accepting. */
static void judge(struct upgrade *upgrade, int64_t now_ns)
{
    if (upgrade->given_up) {
        upgrade->due_ns = now_ns + SUCCESSOR_LEAVES_WITHIN_NS; /* again, if it fails */
        kill_successor(upgrade);
    } else if (upgrade->passes) {
        successor_pass_charge(upgrade, now_ns);
    } else if (upgrade->accepts) {
        successor_give_charge(upgrade, now_ns);
    } else {
        give_up_late(upgrade, now_ns);
    }
}

/* The master stops without being replaced: give up what is under way. */
static void cancel(struct upgrade *upgrade, int64_t now_ns)
{
    if (is_under_way(upgrade) && !upgrade->given_up)
        successor_give_up(upgrade, master_stops, now_ns);
    else if (upgrade->master->upgrade_wanted)
        successor_refuse(upgrade, master_stops);
    upgrade->master->upgrade_wanted = false;
}

int64_t upgrade_continue(struct upgrade *upgrade, int64_t now_ns)
{
    bool replaced = upgrade->master->role == ROLE_REPLACED;

    if (upgrade->master->phase != PHASE_RUNNING && !replaced)
        cancel(upgrade, now_ns);
    if (upgrade->master->upgrade_wanted && can_begin(upgrade))
        begin(upgrade, now_ns);
    if (is_under_way(upgrade) && !replaced && now_ns >= upgrade->due_ns)
        judge(upgrade, now_ns);
    return is_under_way(upgrade) ? upgrade->due_ns : NEVER_NS;
}

void upgrade_finish(struct upgrade *upgrade)
{
    if (upgrade->master->role == ROLE_REPLACED && upgrade->channel_fd >= 0)
        report_rest(upgrade);
}

bool upgrade_end_successor(struct upgrade *upgrade, int64_t now_ns)
{
    if (!is_under_way(upgrade) || upgrade->master->role == ROLE_REPLACED)
        return true;
    if (upgrade->end_due_ns == 0)
        upgrade->end_due_ns = now_ns + SUCCESSOR_LEAVES_WITHIN_NS;
    kill_successor(upgrade); /* it was asked to leave */
    if (now_ns < upgrade->end_due_ns) {
        upgrade->due_ns = clock_earlier_ns(upgrade->due_ns, now_ns + KILL_AGAIN_NS);
        return false;
    }
    if (upgrade->successor > 0)
        log_line(LOG_ERROR, "process %d, the successor, does not end although it was killed",
                 (int)upgrade->successor);
    else
        log_line(LOG_ERROR,
                 "process %d, which starts the successor, does not end although it was killed",
                 (int)upgrade->launcher);
    return true;
}

void upgrade_close(struct upgrade *upgrade)
{
    successor_close_channel(upgrade);
    completion_forget(&upgrade->completion);
}
