/*
 * mend: see mend.h.
 */
#include "server/master/mend.h"

#include "common/clock.h"
#include "common/log.h"
#include "server/master/generations.h"
#include "server/master/master.h"
#include "server/net/listener_barrier.h"
#include "server/net/listener_open.h"
#include "server/net/listener_watch.h"
#include "server/pool/retire.h"

/* How long to wait before the next attempt: an abstract name is free when all workers that had its
 * socket have closed it, which is soon; a directory that is gone may never come back. So it is an
 * eighth of the time that has passed, within these limits. */
#define RETRY_NS      (20 * NS_PER_MS)
#define RETRY_MOST_NS NS_PER_S
#define PATIENCE_NS   NS_PER_S

/* A listener that is shut down again and again is reported so often. */
#define REPORT_INTERVAL_NS NS_PER_S

/* An option that bars clients is no event, and no reason to wake an idle master. */
#define EXAMINE_INTERVAL_NS NS_PER_S

/* Counted for each pool, and apart from reloads: a process that spoils the listener of one pool
 * holds up neither those of others nor a reload. */
enum { RETIRING_MAX = 8 };

static void report(const struct pool *pool)
{
    const struct listener *listener = pool->listener;
    bool is_managers =
        listener->handed_in && (endpoint_is_unix(&listener->endpoint) || listener->barrier != NULL);
    const char *hint =
        is_managers ? ": the service manager that handed it in has to open it again" : "";

    if (listener->barrier != NULL)
        log_line(LOG_ERROR, "pool %s: another process keeps clients from its listener by %s%s",
                 pool->config->name, listener->barrier, hint);
    else if (!listener_is_shut_down(listener))
        log_line(LOG_ERROR, "pool %s: another process has removed its socket file",
                 pool->config->name);
    else
        log_line(LOG_ERROR, "pool %s: another process has shut its listener down%s",
                 pool->config->name, hint);
}

/* Returns whether POOL's listener is in order again without another one. */
static bool listens_again(struct pool *pool, int64_t now_ns)
{
    struct listener *listener = pool->listener;

    if (listener_listen_again(listener, pool->config,
                              service_lets_client_speak_first(pool->config)) < 0)
        return false;
    listener->mended_ns = now_ns;
    if (listener->reported_ns == now_ns)
        log_line(LOG_NOTICE, "pool %s: listens again", pool->config->name);
    return true;
}

/* Returns whether another listener may be opened: no other change is under way, nor waits. */
static bool can_renew(const struct master *master)
{
    return master->phase == PHASE_RUNNING && master->role == ROLE_IN_CHARGE &&
           master->change == CHANGE_NONE && !master->upgrade_wanted;
}

/* Returns whether POOL has to wait until an earlier one of its name has retired. */
static bool is_deferred(const struct master *master, const struct pool *pool)
{
    return generations_count_renewed(master, pool->config->name) >= RETIRING_MAX;
}

/* Open a candidate in place of OLD, with the number of workers that preforkctl scale has set. A
 * failure leaves nothing behind. */
static MAY_FAIL open_candidate(struct master *master, struct pool *old, struct failure *failure)
{
    const struct pool_origin origin = {master->config, (size_t)(old->config - old->root->pools),
                                       master->reload.generation + 1};
    const char *key = old->config->mode == MODE_UNIX ? "path" : "port";
    struct listener *listener;
    struct pool *candidate;

    if (listener_share(old->listener, old->config, service_lets_client_speak_first(old->config),
                       &listener, failure) != NULL)
        return config_name_place(origin.root, origin.index, key, failure);
    if (pool_open(&master->host, &origin, listener, &candidate, failure) != NULL)
        return config_name_place(origin.root, origin.index, NULL, failure);
    candidate->workers = old->workers;
    candidate->target = (size_t)old->workers.min;
    candidate->renewed = true; /* so it counts where it is undone */
    generations_append(master, candidate);
    return NULL;
}

/* Open a listener in place of POOL's, and a candidate with it, which reload_continue() judges.
 * Where it cannot be opened nothing changes, and the log says so from time to time. */
static void begin_renewal(struct master *master, struct pool *pool, int64_t now_ns)
{
    struct failure failure = FAILURE_UNSAID;

    if (open_candidate(master, pool, &failure) == NULL)
        reload_judge(master, pool, now_ns);
    else
        reload_complain(master, failure.message);
}

static void report_deferral(const struct pool *pool)
{
    if (!pool->listener->is_deferred)
        log_line(LOG_WARNING,
                 "pool %s: no new listener yet: too many earlier ones still have active "
                 "connections; it is opened when those of one have ended",
                 pool->config->name);
    pool->listener->is_deferred = true;
}

static int64_t retry_due_ns(const struct listener *listener, int64_t now_ns)
{
    int64_t delay_ns = clock_later_ns((now_ns - listener->reported_ns) / 8, RETRY_NS);

    return now_ns + clock_earlier_ns(delay_ns, RETRY_MOST_NS);
}

/* Open another listener for POOL, or wait for that. Returns when to try again at the latest. */
static int64_t renew(struct master *master, struct pool *pool, int64_t now_ns)
{
    struct listener *listener = pool->listener;

    if (is_deferred(master, pool)) {
        report_deferral(pool);
        return NEVER_NS; /* the end of a retiring pool is an event */
    }
    if (can_renew(master)) {
        /* An abstract name is bound until the last process closes its socket; then anyone can take
         * it. */
        if (endpoint_is_unix(&listener->endpoint) && endpoint_path(&listener->endpoint) == NULL &&
            listener->fd >= 0)
            retire_close_listener(pool);
        begin_renewal(master, pool, now_ns);
    }
    return retry_due_ns(listener, now_ns);
}

/* Mend the listener of POOL, which is down. Returns when to try again at the latest. */
static int64_t mend(struct master *master, struct pool *pool, int64_t now_ns)
{
    struct listener *listener = pool->listener;

    if (listener->mended_ns != 0 && now_ns < listener->mended_ns + listener->interval_ns)
        return listener->mended_ns + listener->interval_ns;
    if (!listener->is_reported && now_ns >= listener->reported_ns + REPORT_INTERVAL_NS) {
        report(pool);
        listener->reported_ns = now_ns;
        master->reload.complain_ns = now_ns + PATIENCE_NS;
    }
    listener->is_reported = true;
    if (listens_again(pool, now_ns) || listener->handed_in)
        return NEVER_NS;
    return renew(master, pool, now_ns);
}

/* Look at the listeners, once in EXAMINE_INTERVAL_NS while the master is awake. */
static void examine(struct master *master, int64_t now_ns)
{
    if (now_ns < master->examined_ns + EXAMINE_INTERVAL_NS)
        return;
    master->examined_ns = now_ns;
    for_each_pool_in_force (pool, master) {
        if (pool->listener != NULL)
            listener_examine(pool->listener);
    }
}

int64_t mend_continue(struct master *master, int64_t now_ns)
{
    int64_t due_ns = NEVER_NS;

    if (master->phase != PHASE_RUNNING || master->role != ROLE_IN_CHARGE)
        return NEVER_NS;
    examine(master, now_ns);
    for_each_pool_in_force (pool, master) {
        if (pool->listener != NULL && pool->listener->is_down)
            due_ns = clock_earlier_ns(due_ns, mend(master, pool, now_ns));
    }
    return due_ns;
}
