/*
 * report: see report.h.
 */
#include "server/upgrade/report.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/master/generations.h"
#include "server/pool/activity.h"
#include "server/upgrade/handover.h"
#include "server/upgrade/upgrade.h"

/* Mark the listener that the successor took, by its descriptor, as shared; go by its
 * stop_timeout. */
static void note_taken(void *context, const char *line)
{
    struct upgrade *upgrade = context;
    struct listener *control = upgrade->master->control;
    int64_t timeout_ns;
    int fd;

    if (sscanf(line, "stop_timeout %" SCNd64, &timeout_ns) == 1)
        generations_set_stop_timeout(upgrade->master, timeout_ns);
    if (sscanf(line, "taken %d", &fd) != 1)
        return;
    if (control != NULL && control->fd == fd)
        control->shared = true;
    for_each_pool (pool, upgrade->master) {
        if (pool_listens(pool) && pool->listener->fd == fd)
            pool->listener->shared = true;
    }
}

/* Write what all pools have counted, with their living workers, since the last report. */
static void write_totals(const void *context, FILE *out)
{
    const struct upgrade *upgrade = context;

    for_each_pool (pool, upgrade->master) {
        struct totals totals = pool_totals(pool, clock_coarse_ns());

        fprintf(out, "pool %s\n", pool->config->name);
        totals_print(&totals, &pool->reported, out);
        pool->reported = totals;
    }
}

/* Write the totals to the hand-over file, and MESSAGE to the channel. */
static void report_totals(struct upgrade *upgrade, const char *message)
{
    if (handover_write(upgrade->state_fd, write_totals, upgrade) < 0)
        warn("cannot write the totals for process %d", (int)upgrade->successor);
    if (handover_send(upgrade->channel_fd, message) < 0)
        warn("cannot send '%s' to process %d", message, (int)upgrade->successor);
}

int report_read_taken(struct upgrade *upgrade)
{
    size_t most = (upgrade->master->config->pool_count + 1) * HANDOVER_POOL_SIZE;

    return handover_read(upgrade->state_fd, &upgrade->read, most, note_taken, upgrade);
}

void report_charge(struct upgrade *upgrade)
{
    report_totals(upgrade, TAKEOVER_CHARGE);
}

void report_rest(struct upgrade *upgrade)
{
    report_totals(upgrade, TAKEOVER_REST);
}
