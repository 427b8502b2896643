/*
 * situations: see situations.h.
 */
#include "client/control/why/situations.h"

#include <inttypes.h>
#include <string.h>

#include "client/control/why/clauses.h"
#include "client/control/why/past.h"

/* A count that is not known, of more than one. */
enum { MANY = 2 };

/* The situations: a predicate and a sentence for each. */

static bool is_stopping(const struct outlook *outlook)
{
    return outlook->master->phase != NULL && strcmp(outlook->master->phase, "stopping") == 0;
}

static void say_stopping(const struct outlook *outlook, FILE *out)
{
    int64_t busy = outlook->stats->busy > 0 ? outlook->stats->busy : 0;
    int64_t active = busy + (outlook->stats->leaving > 0 ? outlook->stats->leaving : 0);

    if (active == 0) {
        fputs("the master is stopping, no connection is active", out);
    } else {
        fputs("the master is stopping and waits for ", out);
        clauses_processes(outlook, active, "to finish", "to finish", out);
    }
    if (outlook->stats->queue > 0)
        clauses_queue(outlook, out);
    clauses_oldest(outlook, out);
}

static bool is_down(const struct outlook *outlook)
{
    return outlook->pool->state != NULL && strcmp(outlook->pool->state, "down") == 0;
}

static void say_down(const struct outlook *outlook, FILE *out)
{
    (void)outlook;
    fputs("another process has shut its listener down, or keeps clients from it: they fail, or "
          "wait in vain; if that lasts, restart the socket unit, or whatever handed the socket in",
          out);
}

static bool is_without_forks(const struct outlook *outlook)
{
    return outlook->stats->fork_fails == 1;
}

static void say_without_forks(const struct outlook *outlook, FILE *out)
{
    fputs("fork fails and is retried", out);
    if (outlook->stats->workers >= 0) {
        fputs(", ", out);
        clauses_processes(outlook, outlook->stats->workers, "runs", "run", out);
    }
    fputs(
        "; check the limits on processes and memory (ulimit -u, pids.max), the log has the reason",
        out);
}

static bool is_failing(const struct outlook *outlook)
{
    return outlook->stats->backoff_ns > 0;
}

static void say_failing(const struct outlook *outlook, FILE *out)
{
    clauses_noun(outlook, MANY, out);
    fputs(" fail one after another, the next one starts in ", out);
    clauses_span(outlook->stats->backoff_ns, out);
    fputs("; the log says how they ended", out);
}

static bool is_healthy(const struct outlook *outlook)
{
    return !is_without_forks(outlook) && !is_failing(outlook);
}

/* A pool of 0..N at rest. */
static bool is_on_demand(const struct outlook *outlook)
{
    const struct pool_stats *stats = outlook->stats;

    return stats->min == 0 && stats->busy == 0 && stats->idle == 0 && stats->starting == 0 &&
           stats->queue <= 0 && is_healthy(outlook);
}

static void say_on_demand(const struct outlook *outlook, FILE *out)
{
    fprintf(out, "healthy: no worker until a client connects, %" PRId64 " at most",
            outlook->stats->max);
    clauses_leaving(outlook, out);
    clauses_queue(outlook, out);
}

static bool is_without_workers(const struct outlook *outlook)
{
    const struct pool_stats *stats = outlook->stats;

    if (stats->busy < 0 || stats->idle < 0) /* resident programs are neither */
        return stats->workers >= 0 && stats->workers <= stats->starting + stats->leaving;
    return stats->busy == 0 && stats->idle == 0;
}

/* None accepts for a moment: the first ones start, or one behind another that has ended. */
static bool is_between_workers(const struct outlook *outlook)
{
    const struct pool_stats *stats = outlook->stats;

    return is_without_workers(outlook) && is_healthy(outlook) && outlook->pool->state != NULL &&
           strcmp(outlook->pool->state, "running") == 0 &&
           (stats->starting > 0 || (stats->min == 0 && stats->queue > 0));
}

static void say_without_workers(const struct outlook *outlook, FILE *out)
{
    fputs("no ", out);
    clauses_noun(outlook, 1, out);
    fputs(" accepts", out);
    clauses_starting(outlook, out);
    clauses_leaving(outlook, out);
    clauses_queue(outlook, out);
}

static bool is_full(const struct outlook *outlook)
{
    return outlook->stats->queue_limit > 0 && outlook->stats->queue >= outlook->stats->queue_limit;
}

static void say_queue(const struct outlook *outlook, const char *how, const char *clients,
                      FILE *out)
{
    fprintf(out, "the queue is %s, %" PRId64 " of %" PRId64 ": new clients %s", how,
            outlook->stats->queue, outlook->stats->queue_limit, clients);
    clauses_oldest(outlook, out);
    fputs("; raise workers, and backlog for bursts", out);
}

static void say_full(const struct outlook *outlook, FILE *out)
{
    say_queue(outlook, "full", "wait before they can connect", out);
}

static bool is_nearly_full(const struct outlook *outlook)
{
    return outlook->stats->queue_limit > 0 &&
           outlook->stats->queue >= outlook->stats->queue_limit - outlook->stats->queue_limit / 5;
}

static void say_nearly_full(const struct outlook *outlook, FILE *out)
{
    say_queue(outlook, "nearly full", "will soon wait before they can connect", out);
}

static bool is_all_busy(const struct outlook *outlook)
{
    return outlook->stats->max > 0 && outlook->stats->busy >= outlook->stats->max;
}

static bool is_all_busy_with_queue(const struct outlook *outlook)
{
    return is_all_busy(outlook) && outlook->stats->queue != 0; /* an unknown one counts */
}

static void say_all_busy(const struct outlook *outlook, FILE *out)
{
    fprintf(out, "%" PRId64 " of %" PRId64 " workers busy", outlook->stats->busy,
            outlook->stats->max);
    clauses_all_busy_for(outlook, out);
    clauses_queue(outlook, out);
    clauses_oldest(outlook, out);
    if (outlook->stats->queue == 0)
        fputs("; the next client has to wait", out);
    else
        fputs("; raise workers or set max_connection_time", out);
}

static bool is_growing(const struct outlook *outlook)
{
    return outlook->stats->starting > 0 && outlook->stats->min >= 0 &&
           outlook->stats->min < outlook->stats->max &&
           clauses_count_in_force(outlook) > outlook->stats->min;
}

static void say_growing(const struct outlook *outlook, FILE *out)
{
    fprintf(out, "growing: %" PRId64 " of %" PRId64 " workers busy", outlook->stats->busy,
            clauses_count_in_force(outlook));
    clauses_starting(outlook, out);
    fprintf(out, ", %" PRId64 " at most", outlook->stats->max);
    clauses_queue(outlook, out);
}

static bool is_short(const struct outlook *outlook)
{
    return outlook->stats->idle == 0 && outlook->stats->busy > 0;
}

static void say_short(const struct outlook *outlook, FILE *out)
{
    if (outlook->stats->busy == 1)
        fputs("the only worker that accepts is busy", out);
    else
        fprintf(out, "all %" PRId64 " workers that accept are busy", outlook->stats->busy);
    clauses_all_busy_for(outlook, out);
    clauses_starting(outlook, out);
    if (outlook->stats->max >= 0)
        fprintf(out, ", %" PRId64 " at most", outlook->stats->max);
    clauses_queue(outlook, out);
    clauses_oldest(outlook, out);
}

static bool is_queued_beside_idle(const struct outlook *outlook)
{
    return outlook->stats->queue > 0 && outlook->stats->idle > 0;
}

static void say_queued_beside_idle(const struct outlook *outlook, FILE *out)
{
    clauses_count(outlook->stats->queue, "client queued", "clients queued", out);
    fputs(" beside ", out);
    clauses_count(outlook->stats->idle, "idle worker", "idle workers", out);
    fputs(": a burst, if the queue is empty when you look again; otherwise see what the workers do",
          out);
}

static bool is_unknown(const struct outlook *outlook)
{
    return outlook->stats->busy < 0 || outlook->stats->idle < 0;
}

static void say_unknown(const struct outlook *outlook, FILE *out)
{
    fputs("the number of busy ", out);
    clauses_noun(outlook, MANY, out);
    fputs(" is unknown", out);
    clauses_queue(outlook, out);
}

static void say_healthy(const struct outlook *outlook, FILE *out)
{
    fprintf(out, "healthy: %" PRId64 " of %" PRId64 " busy", outlook->stats->busy,
            outlook->stats->busy + outlook->stats->idle);
    clauses_starting(outlook, out);
    clauses_waiting(outlook, out);
    clauses_queue(outlook, out);
}

static bool is_retiring(const struct outlook *outlook)
{
    return outlook->stats->retiring > 0 && !is_stopping(outlook);
}

static void say_retiring(const struct outlook *outlook, FILE *out)
{
    fputs("besides, ", out);
    clauses_processes(outlook, outlook->stats->retiring,
                      "of an earlier configuration finishes its connection",
                      "of earlier configurations finish their connections", out);
    if (outlook->stats->retiring_oldest_ns > 0) {
        fputs(", the oldest has lasted ", out);
        clauses_span(outlook->stats->retiring_oldest_ns, out);
    }
}

const struct situation situations[] = {
    {ABOUT_LOAD, STANDING_DOWN, is_stopping, say_stopping},
    {ABOUT_LOAD, STANDING_DOWN, is_down, say_down},
    {ABOUT_FORKS, STANDING_TROUBLED, is_without_forks, say_without_forks},
    {ABOUT_FORKS, STANDING_TROUBLED, is_failing, say_failing},
    {ABOUT_LOAD, STANDING_WELL, is_on_demand, say_on_demand},
    {ABOUT_LOAD, STANDING_FULL, is_between_workers, say_without_workers},
    {ABOUT_LOAD, STANDING_DOWN, is_without_workers, say_without_workers},
    {ABOUT_LOAD, STANDING_FULL, is_full, say_full},
    {ABOUT_LOAD, STANDING_FULL, is_nearly_full, say_nearly_full},
    {ABOUT_LOAD, STANDING_FULL, is_all_busy_with_queue, say_all_busy},
    {ABOUT_LOAD, STANDING_FULL, is_all_busy, say_all_busy},
    {ABOUT_LOAD, STANDING_WELL, is_growing, say_growing},
    {ABOUT_LOAD, STANDING_WELL, is_short, say_short},
    {ABOUT_LOAD, STANDING_WELL, is_queued_beside_idle, say_queued_beside_idle},
    {ABOUT_LOAD, STANDING_WELL, is_unknown, say_unknown},
    {ABOUT_LOAD, STANDING_WELL, is_healthy, say_healthy},
    {ABOUT_RETIRING, STANDING_WELL, is_retiring, say_retiring},
    {ABOUT_PROGRAMS, STANDING_WELL, past_has_unstarted, past_say_unstarted},
    {ABOUT_PROGRAMS, STANDING_WELL, past_has_failed, past_say_failed},
    {ABOUT_PROXIES, STANDING_WELL, past_has_refused, past_say_refused},
    {ABOUT_ACCESS, STANDING_WELL, past_has_denied, past_say_denied},
    {ABOUT_SOURCES, STANDING_WELL, past_has_limited, past_say_limited},
    {ABOUT_PAST, STANDING_WELL, past_has_crashed, past_say_crashed},
};

const size_t situation_count = sizeof(situations) / sizeof(situations[0]);
