/*
 * mend: see mend.h.
 */
#include "server/master/mend.h"

#include "common/clock.h"
#include "common/log.h"
#include "server/master/master.h"
#include "server/net/listener_watch.h"
#include "server/pool/retire.h"

/* How long to wait before the next attempt: an abstract name is free when all workers that had its
 * socket have closed it. */
#define RETRY_NS    (20 * NS_PER_MS)
#define PATIENCE_NS NS_PER_S

/* A listener that is shut down again and again is reported so often. */
#define REPORT_INTERVAL_NS NS_PER_S

static void report(const struct pool *pool)
{
    log_line(LOG_ERROR, "pool %s: another process has shut its listener down%s", pool->config->name,
             pool->listener->handed_in && endpoint_is_unix(&pool->listener->endpoint)
                 ? ": the service manager that handed it in has to open it again"
                 : "");
}

/* Returns whether POOL needs another listener; CAN_RENEW says whether one can be opened now. */
static bool needs_another(struct pool *pool, bool can_renew, int64_t now_ns)
{
    struct listener *listener = pool->listener;

    if (listener_listen_again(listener, pool->config, pool->service->client_speaks_first) == 0) {
        listener->mended_ns = now_ns;
        if (listener->reported_ns == now_ns)
            log_line(LOG_NOTICE, "pool %s: listens again", pool->config->name);
        return false;
    }
    if (listener->handed_in)
        return false;
    /* An abstract name is bound until the last process closes its socket; then anyone can take
     * it. */
    if (can_renew && endpoint_is_unix(&listener->endpoint) &&
        endpoint_path(&listener->endpoint) == NULL && listener->fd >= 0)
        retire_close_listener(pool);
    return true;
}

int64_t mend_continue(struct master *master, int64_t now_ns)
{
    int64_t due_ns = NEVER_NS;
    bool renew = false, can_renew = reload_can_renew(master);

    if (master->phase != PHASE_RUNNING || master->role != ROLE_IN_CHARGE)
        return NEVER_NS;
    for_each_pool_in_force (pool, master) {
        struct listener *listener = pool->listener;

        if (listener == NULL || !listener->is_down)
            continue;
        if (listener->mended_ns != 0 && now_ns < listener->mended_ns + listener->interval_ns) {
            due_ns = clock_earlier_ns(due_ns, listener->mended_ns + listener->interval_ns);
            continue;
        }
        if (!listener->is_reported && now_ns >= listener->reported_ns + REPORT_INTERVAL_NS) {
            report(pool);
            listener->reported_ns = now_ns;
            master->reload.complain_ns = now_ns + PATIENCE_NS;
        }
        listener->is_reported = true;
        renew |= needs_another(pool, can_renew, now_ns);
    }
    if (!renew)
        return due_ns;
    if (can_renew)
        reload_renew(master);
    return clock_earlier_ns(due_ns, now_ns + RETRY_NS);
}
