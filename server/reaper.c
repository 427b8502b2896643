/*
 * reaper: see reaper.h.
 */
#include "server/reaper.h"

#include <errno.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "server/control/control.h"
#include "server/master/master.h"
#include "server/pool/ends.h"
#include "server/upgrade/upgrade.h"

#define REAP_AGAIN_NS (20 * NS_PER_MS)

/* How Linux puts into a status what WIFEXITED() and the like take out of it. */
enum { EXIT_SHIFT = 8, CORE_FLAG = 0x80, STOPPED = 0x7f, CONTINUED = 0xffff };

static void note_status(struct reaper *reaper, pid_t pid, int status, int64_t now_ns)
{
    struct pool *pool;
    size_t slot;

    if (upgrade_note_status(reaper->upgrade, pid, status, now_ns) ||
        config_reader_note_status(&reaper->master->reload.reader, pid, status) ||
        control_note_status(reaper->control, pid, status))
        return;
    pool = master_find_worker(reaper->master, pid, &slot);
    if (pool != NULL)
        ends_note_status(pool, slot, status, now_ns);
}

/* Returns whether this master has children. */
static bool has_children(const struct reaper *reaper)
{
    return reaper->upgrade->launcher != 0 || reaper->master->reload.reader.pid != 0 ||
           control_reads(reaper->control) || master_count_workers(reaper->master) > 0;
}

/* Returns what waitpid(2) would have reported for INFO, of waitid(2). */
static int status_of(const siginfo_t *info)
{
    switch (info->si_code) {
    case CLD_EXITED:
        return info->si_status << EXIT_SHIFT;
    case CLD_STOPPED:
    case CLD_TRAPPED:
        return info->si_status << EXIT_SHIFT | STOPPED;
    case CLD_CONTINUED:
        return CONTINUED;
    case CLD_DUMPED:
        return info->si_status | CORE_FLAG;
    default:
        return info->si_status;
    }
}

/* Returns whether the child of INFO has ended. */
static bool has_ended(const siginfo_t *info)
{
    return info->si_code == CLD_EXITED || info->si_code == CLD_KILLED ||
           info->si_code == CLD_DUMPED;
}

/* Note what happened to a child: INFO tells of it, and it has not been taken yet. An end is noted
 * before the child is reaped: until then its pid is no other process's, and no other group's. A
 * stop is noted when it has been taken, as the child may continue meanwhile. Returns 0, or -1 with
 * errno. */
static int take(struct reaper *reaper, const siginfo_t *info, int64_t now_ns)
{
    siginfo_t taken = {.si_pid = 0};
    pid_t pid = info->si_pid;

    if (has_ended(info)) {
        note_status(reaper, pid, status_of(info), now_ns);
        return waitid(P_PID, (id_t)pid, &taken, WEXITED | WNOHANG);
    }
    if (waitid(P_PID, (id_t)pid, &taken, WSTOPPED | WCONTINUED | WNOHANG) < 0)
        return -1;
    if (taken.si_pid == pid)
        note_status(reaper, pid, status_of(&taken), now_ns);
    return 0;
}

/* Returns 1 if something happened to a child, 0 if nothing has, or -1 with errno. */
static int take_next(struct reaper *reaper, int64_t now_ns)
{
    siginfo_t info = {.si_pid = 0};

    if (waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT) < 0)
        return errno == ECHILD && !has_children(reaper) ? 0 : -1;
    if (info.si_pid == 0)
        return 0;
    return take(reaper, &info, now_ns) < 0 ? -1 : 1;
}

/* Unknown children are reaped too: process 1 inherits orphans. A call that failed has used up its
 * SIGCHLD: it is made again a moment later. */
void reaper_reap(struct reaper *reaper, int64_t now_ns)
{
    int result;

    do
        result = take_next(reaper, now_ns);
    while (result > 0 || (result < 0 && errno == EINTR));
    reaper->due_ns = result < 0 ? now_ns + REAP_AGAIN_NS : NEVER_NS;
}

int64_t reaper_continue(struct reaper *reaper, int64_t now_ns)
{
    if (now_ns >= reaper->due_ns)
        reaper_reap(reaper, now_ns);
    return reaper->due_ns;
}
