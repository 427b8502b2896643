/*
 * reaper: see reaper.h.
 */
#include "server/reaper.h"

#include <errno.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "server/control/control.h"
#include "server/master/master.h"
#include "server/pool/children.h"
#include "server/upgrade/upgrade.h"

#define REAP_AGAIN_NS (20 * NS_PER_MS)

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
        children_note_status(pool, slot, status, now_ns);
}

/* Returns whether this master has children. */
static bool has_children(const struct reaper *reaper)
{
    return reaper->upgrade->launcher != 0 || reaper->master->reload.reader.pid != 0 ||
           control_reads(reaper->control) || master_count_workers(reaper->master) > 0;
}

/* Unknown children are reaped too: process 1 inherits orphans. A call that failed has used up its
 * SIGCHLD: it is made again a moment later. */
void reaper_reap(struct reaper *reaper, int64_t now_ns)
{
    pid_t pid;
    int status;

    do {
        pid = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED);
        if (pid > 0)
            note_status(reaper, pid, status, now_ns);
    } while (pid > 0 || (pid < 0 && errno == EINTR));
    reaper->due_ns = pid < 0 && has_children(reaper) ? now_ns + REAP_AGAIN_NS : NEVER_NS;
}

int64_t reaper_continue(struct reaper *reaper, int64_t now_ns)
{
    if (now_ns >= reaper->due_ns)
        reaper_reap(reaper, now_ns);
    return reaper->due_ns;
}
