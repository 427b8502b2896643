/*
 * run: see run.h.
 */
#include "client/load/engine/run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/load/engine/engine.h"
#include "client/load/engine/schedule.h"
#include "common/clock.h"
#include "common/log.h"

#define HEAD_START_NS (20 * NS_PER_MS) /* to fork all processes before the load begins */

struct team {
    const struct load_plan *plan;
    struct load_result *shares; /* one for each process, in shared memory */
    struct load_result *sum;    /* of the shares so far, for progress */
    pid_t *pids;                /* 0: reaped */
    size_t running;
    bool broken; /* a process died or could not be started: the run has failed */
    int signals;
    int64_t begin_ns;
};

static size_t shares_size(const struct load_plan *plan)
{
    return plan->processes * sizeof(struct load_result);
}

/* Block the parent's signals and LOAD_SIGNAL_STOP, which the children inherit, and return a
 * signalfd for the parent's: SIGINT, SIGTERM and SIGCHLD. Returns -1 with errno on failure. */
static int open_signals(void)
{
    sigset_t signals;

    signal(SIGCHLD, SIG_DFL); /* inherited as ignored, it would reap the children unseen */
    sigemptyset(&signals);
    sigaddset(&signals, LOAD_SIGNAL_STOP);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
        return -1;
    sigdelset(&signals, LOAD_SIGNAL_STOP);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int team_open(struct team *team, const struct load_plan *plan)
{
    team->plan = plan;
    team->signals = open_signals();
    team->pids = calloc(plan->processes, sizeof(*team->pids));
    team->sum = calloc(1, sizeof(*team->sum));
    team->shares =
        mmap(NULL, shares_size(plan), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (team->signals >= 0 && team->pids != NULL && team->sum != NULL && team->shares != MAP_FAILED)
        return 0;
    warn("cannot set up the load");
    return -1;
}

static void team_close(struct team *team)
{
    if (team->shares != MAP_FAILED)
        munmap(team->shares, shares_size(team->plan));
    if (team->signals >= 0)
        close(team->signals);
    free(team->pids);
    free(team->sum);
}

static _Noreturn void generate(const struct team *team, size_t index, pid_t parent)
{
    struct load_schedule schedule = load_schedule_make(team->plan, index, team->begin_ns);
    struct load_plan share = *team->plan;

    /* An orphan would run on for ever. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
        _exit(STATUS_SYSTEM);
    share.connections = (share.connections + share.processes - 1 - index) / share.processes;
    if (load_engine_run(&share, &schedule, team->shares, index) < 0) {
        warn("cannot set up the load");
        _exit(STATUS_SYSTEM);
    }
    _exit(STATUS_OK);
}

static void signal_all(const struct team *team, int number)
{
    for (size_t i = 0; i < team->plan->processes; i++) {
        if (team->pids[i] > 0)
            kill(team->pids[i], number);
    }
}

static void start(struct team *team)
{
    pid_t parent = getpid();

    team->begin_ns = clock_now_ns() + HEAD_START_NS;
    for (size_t i = 0; i < team->plan->processes && !team->broken; i++) {
        team->pids[i] = fork();
        if (team->pids[i] == 0)
            generate(team, i, parent);
        if (team->pids[i] > 0) {
            team->running++;
            continue;
        }
        warn("cannot fork generator process %zu of %zu", i + 1, team->plan->processes);
        team->broken = true;
        signal_all(team, SIGKILL);
    }
}

/* Take note that a generator process has ended with STATUS. A process that failed has logged why,
 * unless a signal ended it. */
static void note_end(struct team *team, int status)
{
    team->running--;
    if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_OK)
        return;
    if (WIFSIGNALED(status) && !team->broken)
        warnx("a generator process was ended by signal %d (%s)", WTERMSIG(status),
              strsignal(WTERMSIG(status)));
    team->broken = true;
    signal_all(team, SIGKILL);
}

static void reap(struct team *team)
{
    for (size_t i = 0; i < team->plan->processes; i++) {
        int status;

        if (team->pids[i] > 0 && waitpid(team->pids[i], &status, WNOHANG) == team->pids[i]) {
            team->pids[i] = 0;
            note_end(team, status);
        }
    }
}

static void take_signals(struct team *team)
{
    struct signalfd_siginfo signal;

    while (read(team->signals, &signal, sizeof(signal)) == sizeof(signal)) {
        if (signal.ssi_signo != SIGCHLD)
            signal_all(team, LOAD_SIGNAL_STOP);
    }
    reap(team);
}

static void add_up(const struct team *team, struct load_result *sum)
{
    memset(sum, 0, sizeof(*sum));
    for (size_t i = 0; i < team->plan->processes; i++)
        load_result_merge(sum, &team->shares[i]);
}

/* Report progress and handle signals until every process has ended. */
static void attend(struct team *team, load_progress *progress, int64_t interval_ns)
{
    struct pollfd signals = {.fd = team->signals, .events = POLLIN};
    int64_t next_ns = team->begin_ns + interval_ns, left_ns;

    while (team->running > 0) {
        left_ns = next_ns - clock_now_ns();
        if (progress != NULL && left_ns <= 0) {
            add_up(team, team->sum);
            progress(team->plan, team->sum, clock_now_ns() - team->begin_ns);
            next_ns += interval_ns;
            continue;
        }
        poll(&signals, 1, progress == NULL ? -1 : (int)(left_ns / NS_PER_MS) + 1);
        take_signals(team);
    }
}

int load_run(const struct load_plan *plan, struct load_result *result, load_progress *progress,
             int64_t interval_ns)
{
    struct team team = {.signals = -1};

    if (team_open(&team, plan) == 0) {
        start(&team);
        attend(&team, progress, interval_ns);
        add_up(&team, result);
    } else {
        team.broken = true;
    }
    team_close(&team);
    return team.broken ? -1 : 0;
}
