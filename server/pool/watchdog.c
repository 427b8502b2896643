/*
 * watchdog: see watchdog.h.
 */
#include "server/pool/watchdog.h"

#include <signal.h>
#include <stdio.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/number.h"
#include "server/scoreboard/diagnosis.h"
#include "server/scoreboard/reading.h"
#include "server/worker/worker.h"

/* How long a worker may take to notice that its connection was cut, or be held by SIGSTOP. */
#define REACT_GRACE_NS   NS_PER_S
#define STOPPED_GRACE_NS (2 * NS_PER_S)

/* How long a worker may take to load and start its module, or to stop it, as the process that tries
 * it. One that was asked to leave is looked at every so often; a connection has its deadlines. */
#define MODULE_GRACE_NS (5 * NS_PER_S)
#define LEAVING_LOOK_NS NS_PER_S
#define BUSY_LOOK_NS    (10 * NS_PER_S)

/* Many deadlines close together are judged by one scan. */
#define SCAN_INTERVAL_MIN_NS (5 * NS_PER_MS)
#define SCAN_INTERVAL_MAX_NS (250 * NS_PER_MS)

/* The worker that is being judged. What is on its page was copied once and is used for figures
 * only. */
struct suspect {
    const char *pool;
    bool knows_bytes;
    size_t index;
    struct slot *slot;
    struct worker_page *page;
    struct reading reading;
};

/* Returns how long the worker of a pool of CONFIG has to notice that. One that runs a program first
 * waits for kill_after. */
static int64_t react_grace_ns(const struct pool_config *config)
{
    return REACT_GRACE_NS + (config->runs_program ? config->kill_after_ns : 0);
}

/* Returns the idle_timeout to be judged here: the worker itself looks after that of a program,
 * whose bytes it does not see. */
static int64_t idle_limit_ns(const struct pool_config *config)
{
    return config->moves_bytes ? config->idle_timeout_ns : NUMBER_UNLIMITED;
}

static int64_t due(int64_t since_ns, int64_t limit_ns)
{
    return limit_ns == NUMBER_UNLIMITED ? NEVER_NS : since_ns + limit_ns;
}

static void kill_worker(const struct watchdog *watchdog, const struct suspect *suspect)
{
    slots_signal(watchdog->slots, suspect->index, SIGKILL);
    suspect->slot->killed = true;
}

/* Judge a worker that a signal keeps stopped. Returns when it has to run again. */
static int64_t judge_stopped(const struct watchdog *watchdog, const struct suspect *suspect,
                             int64_t now_ns)
{
    int64_t since_ns = suspect->slot->stopped_ns;

    if (now_ns < since_ns + STOPPED_GRACE_NS)
        return since_ns + STOPPED_GRACE_NS;
    log_line(LOG_WARNING, "%s %d (pool %s, slot %zu) stopped by a signal for %.1f s: killed",
             watchdog->slots->noun, (int)suspect->slot->pid, suspect->pool, suspect->index,
             (double)(now_ns - since_ns) / (double)NS_PER_S);
    kill_worker(watchdog, suspect);
    return NEVER_NS;
}

/* Judge a worker whose connection was cut already. Returns when it has to have reacted. */
static int64_t judge_cut(const struct watchdog *watchdog, const struct suspect *suspect,
                         int64_t now_ns)
{
    int64_t due_ns = suspect->slot->late_ns + react_grace_ns(watchdog->config);
    char text[DIAGNOSIS_SIZE];

    if (now_ns < due_ns)
        return due_ns;
    diagnosis_print(suspect->slot->pid, suspect->page, &suspect->reading, suspect->knows_bytes,
                    now_ns, text);
    log_line(LOG_WARNING, "%s %d (pool %s, slot %zu) does not react: killed: %s",
             watchdog->slots->noun, (int)suspect->slot->pid, suspect->pool, suspect->index, text);
    kill_worker(watchdog, suspect);
    return NEVER_NS;
}

/* Log that LIMIT is over, once a second for a worker: one that invents connections is no reason to
 * fill the log. */
static void report_cut(const struct suspect *suspect, const char *limit, int64_t now_ns)
{
    struct slot *slot = suspect->slot;
    char text[DIAGNOSIS_SIZE], others[48] = "";

    if (slot->reported_ns != 0 && now_ns < slot->reported_ns + NS_PER_S) {
        slot->unreported++;
        return;
    }
    if (slot->unreported != 0)
        snprintf(others, sizeof(others), "; %u more since the last line",
                 (unsigned int)slot->unreported);
    diagnosis_print(slot->pid, suspect->page, &suspect->reading, suspect->knows_bytes, now_ns,
                    text);
    log_line(LOG_NOTICE, "worker %d (pool %s, slot %zu): %s is over, connection cut: %s%s",
             (int)slot->pid, suspect->pool, suspect->index, limit, text, others);
    slot->reported_ns = now_ns;
    slot->unreported = 0;
}

/* Have the worker cut its connection because of LIMIT, a key of the configuration. It gets the
 * connection's number, for it may serve the next one by now. A worker that runs a program may have
 * cut the connection by itself, and logged that. */
static int64_t cut(const struct watchdog *watchdog, const struct suspect *suspect,
                   const char *limit, int64_t now_ns)
{
    if (atomic_exchange(&suspect->page->cut, suspect->reading.connection) !=
        suspect->reading.connection)
        report_cut(suspect, limit, now_ns);
    atomic_store(&suspect->page->late, suspect->reading.connection);
    slots_signal(watchdog->slots, suspect->index, SIGNAL_DEADLINE);
    suspect->slot->late_connection = suspect->reading.connection;
    suspect->slot->late_ns = now_ns;
    return now_ns + react_grace_ns(watchdog->config);
}

static int64_t judge_busy(const struct watchdog *watchdog, const struct suspect *suspect,
                          int64_t now_ns)
{
    /* No deadline begins while the master is away, or the worker awaits a proxy's header. */
    int64_t from_ns = clock_later_ns(suspect->reading.header_due_ns, watchdog->returned_ns);
    int64_t idle_due_ns =
        due(clock_later_ns(suspect->reading.moved_ns, from_ns), idle_limit_ns(watchdog->config));
    int64_t end_due_ns = due(clock_later_ns(suspect->reading.began_ns, from_ns),
                             watchdog->config->max_connection_time_ns);

    if (suspect->slot->late_connection == suspect->reading.connection)
        return judge_cut(watchdog, suspect, now_ns);
    if (now_ns >= end_due_ns)
        return cut(watchdog, suspect, "max_connection_time", now_ns);
    if (now_ns >= idle_due_ns)
        return cut(watchdog, suspect, "idle_timeout", now_ns);
    return clock_earlier_ns(idle_due_ns, end_due_ns);
}

/* Kill a worker of which WHAT is true too long, as its module hangs. Returns when that, which began
 * at SINCE_NS, has to be over. */
static int64_t judge_hang(const struct watchdog *watchdog, const struct suspect *suspect,
                          const char *what, int64_t since_ns, int64_t now_ns)
{
    int64_t due_ns = clock_later_ns(since_ns, watchdog->returned_ns) + MODULE_GRACE_NS;

    if (now_ns < due_ns)
        return due_ns;
    log_line(LOG_WARNING, "%s %d (pool %s, slot %zu): %s within %d s: killed",
             watchdog->slots->noun, (int)suspect->slot->pid, suspect->pool, suspect->index, what,
             (int)(MODULE_GRACE_NS / NS_PER_S));
    kill_worker(watchdog, suspect);
    return NEVER_NS;
}

/* Judge a worker of a module that was asked to leave. It has time from the end of its connection
 * on, and wakes the master when it stops its module; where all leave within stop_timeout, that has
 * until then, as many at once may have much to write. */
static int64_t judge_leaving(const struct watchdog *watchdog, const struct suspect *suspect,
                             int64_t now_ns)
{
    bool is_stopping = atomic_load(&suspect->page->stopping) != 0;
    struct slot *slot = suspect->slot;
    int64_t next_ns;

    if (is_stopping && watchdog->all_leave && watchdog->has_stop_timeout)
        return NEVER_NS;
    if (suspect->reading.connection != 0)
        slot->idle_ns = 0;
    else if (slot->idle_ns == 0)
        slot->idle_ns = now_ns;
    if (slot->idle_ns == 0)
        return now_ns + BUSY_LOOK_NS;
    next_ns = judge_hang(watchdog, suspect,
                         is_stopping ? "its module's stop has not returned"
                                     : "it has no connection, and has not left",
                         slot->idle_ns, now_ns);
    return clock_earlier_ns(next_ns, now_ns + LEAVING_LOOK_NS);
}

/* Judge a worker of a module that does not accept yet, or that was asked to leave, which it may
 * have missed while its module ignored signals. Returns when it has to be judged again. */
static int64_t judge_module(const struct watchdog *watchdog, const struct suspect *suspect,
                            int64_t now_ns)
{
    const struct slot *slot = suspect->slot;

    if ((slot->state == SLOT_STARTING || slot->state == SLOT_LEAVING) &&
        atomic_load(&suspect->page->ready) == 0)
        return judge_hang(watchdog, suspect, "its module was not loaded and started",
                          slot->started_ns, now_ns);
    return slot->state == SLOT_LEAVING || watchdog->all_leave
               ? judge_leaving(watchdog, suspect, now_ns)
               : NEVER_NS;
}

/* Judge the worker of slot INDEX. Returns when it has to be judged again. */
static int64_t judge(const struct watchdog *watchdog, size_t index, int64_t now_ns)
{
    struct worker_page *page = scoreboard_page(watchdog->board, index);
    struct slot *slot = &watchdog->slots->at[index];
    const struct suspect suspect = {
        .pool = watchdog->config->name,
        .knows_bytes = watchdog->config->moves_bytes,
        .index = index,
        .slot = slot,
        .page = page,
        .reading = reading_take(page, slot->started_ns, now_ns),
    };
    int64_t next_ns = NEVER_NS;

    if (slot->killed)
        return NEVER_NS;
    if (slot->stopped_ns != 0)
        next_ns = judge_stopped(watchdog, &suspect, now_ns);
    else if (watchdog->config->runs_module)
        next_ns = judge_module(watchdog, &suspect, now_ns);
    if (suspect.reading.connection == 0 || slot->killed)
        return next_ns;
    /* If the number changed between the reads, the stamps may be those of the connection before. */
    if (atomic_load(&page->connection) != suspect.reading.connection)
        return now_ns;
    return clock_earlier_ns(next_ns, judge_busy(watchdog, &suspect, now_ns));
}

static int64_t judge_all(const struct watchdog *watchdog, int64_t now_ns)
{
    int64_t next_ns = NEVER_NS;

    for (size_t i = 0; i < watchdog->slots->size; i++) {
        if (watchdog->slots->at[i].state != SLOT_FREE)
            next_ns = clock_earlier_ns(next_ns, judge(watchdog, i, now_ns));
    }
    return next_ns;
}

/* Returns how long to wait between two scans: a few for each timeout are enough, however many
 * deadlines there are. */
static int64_t scan_interval_ns(int64_t shortest_ns)
{
    return clock_earlier_ns(clock_later_ns(shortest_ns / 16, SCAN_INTERVAL_MIN_NS),
                            SCAN_INTERVAL_MAX_NS);
}

/* No worker is busy: ask the next one that becomes busy to wake the master. Judge once more after
 * that, for a worker that became busy just before did not see the request. */
static int64_t fall_asleep(const struct watchdog *watchdog, int64_t now_ns)
{
    struct pool_hints *hints = scoreboard_hints(watchdog->board);
    int64_t next_ns;

    atomic_store(&hints->asleep, 1);
    next_ns = judge_all(watchdog, now_ns);
    if (next_ns != NEVER_NS)
        atomic_store(&hints->asleep, 0);
    return next_ns;
}

int64_t watchdog_judge(const struct watchdog *watchdog, int64_t now_ns)
{
    const struct pool_config *config = watchdog->config;
    int64_t shortest_ns = clock_earlier_ns(idle_limit_ns(config), config->max_connection_time_ns);
    int64_t next_ns = judge_all(watchdog, now_ns);

    if (next_ns == NEVER_NS && shortest_ns != NUMBER_UNLIMITED)
        next_ns = fall_asleep(watchdog, now_ns);
    if (next_ns == NEVER_NS)
        return next_ns;
    /* While the master is awake, workers that become busy do not wake it: their deadline can pass
     * this soon. */
    next_ns = clock_earlier_ns(next_ns, due(now_ns, shortest_ns));
    return clock_later_ns(next_ns, now_ns + scan_interval_ns(shortest_ns));
}

void watchdog_excuse(struct watchdog *watchdog, int64_t now_ns)
{
    watchdog->returned_ns = now_ns;
    for (size_t i = 0; i < watchdog->slots->size; i++) {
        struct slot *slot = &watchdog->slots->at[i];

        if (slot->late_connection != 0)
            slot->late_ns = now_ns;
        if (slot->stopped_ns != 0)
            slot->stopped_ns = now_ns;
    }
}
