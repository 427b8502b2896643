/*
 * watchdog: see watchdog.h.
 */
#include "server/pool/watchdog.h"

#include <signal.h>

#include "common/clock.h"
#include "common/number.h"
#include "server/event.h"
#include "server/worker/worker.h"

/* How long a worker may take to notice that its connection was cut, or be held by SIGSTOP. */
#define REACT_GRACE_NS   NS_PER_S
#define STOPPED_GRACE_NS (2 * NS_PER_S)

/* Many deadlines close together are judged by one scan. */
#define SCAN_INTERVAL_MIN_NS (5 * NS_PER_MS)
#define SCAN_INTERVAL_MAX_NS (250 * NS_PER_MS)

/* One worker under judgement. What is in its page was copied once and is used for figures only. */
struct suspect {
    struct slot *slot;
    const struct worker_page *page;
    struct event_worker who;
    uint32_t connection;
    int64_t began_ns, moved_ns;
};

static int64_t due(int64_t since_ns, int64_t limit_ns)
{
    return limit_ns == NUMBER_UNLIMITED ? WATCHDOG_NEVER : since_ns + limit_ns;
}

static void kill_worker(struct suspect *suspect)
{
    kill(suspect->who.pid, SIGKILL);
    suspect->slot->killed = true;
}

/* A worker that a signal holds. When it has to run again. */
static int64_t judge_stopped(struct suspect *suspect, int64_t now_ns)
{
    int64_t since_ns = suspect->slot->stopped_ns;

    if (now_ns < since_ns + STOPPED_GRACE_NS)
        return since_ns + STOPPED_GRACE_NS;
    event_stopped_worker_killed(&suspect->who, now_ns - since_ns);
    kill_worker(suspect);
    return WATCHDOG_NEVER;
}

/* A worker whose connection was cut already. When it has to have noticed. */
static int64_t judge_cut(struct suspect *suspect, int64_t now_ns)
{
    int64_t since_ns = suspect->slot->late_ns;

    if (now_ns < since_ns + REACT_GRACE_NS)
        return since_ns + REACT_GRACE_NS;
    event_unresponsive(&suspect->who, suspect->page, now_ns);
    kill_worker(suspect);
    return WATCHDOG_NEVER;
}

/* Have the worker cut its connection. The number goes along, for it may be at the next one. */
static int64_t cut(struct suspect *suspect, const char *why, int64_t now_ns)
{
    const union sigval number = {.sival_int = (int)suspect->connection};

    event_late(&suspect->who, suspect->page, why, now_ns);
    sigqueue(suspect->who.pid, SIGNAL_DEADLINE, number); /* ESRCH cannot be: it is not reaped */
    suspect->slot->late_connection = suspect->connection;
    suspect->slot->late_ns = now_ns;
    return now_ns + REACT_GRACE_NS;
}

static int64_t judge_busy(const struct watchdog *watchdog, struct suspect *suspect, int64_t now_ns)
{
    int64_t idle_due_ns = due(clock_later_ns(suspect->moved_ns, watchdog->returned_ns),
                              watchdog->config->idle_timeout_ns);
    int64_t end_due_ns = due(clock_later_ns(suspect->began_ns, watchdog->returned_ns),
                             watchdog->config->max_connection_time_ns);

    if (suspect->slot->late_connection == suspect->connection)
        return judge_cut(suspect, now_ns);
    if (now_ns >= end_due_ns)
        return cut(suspect, "max_connection_time is over", now_ns);
    if (now_ns >= idle_due_ns)
        return cut(suspect, "idle_timeout is over", now_ns);
    return clock_earlier_ns(idle_due_ns, end_due_ns);
}

/* When the worker of slot INDEX has to be looked at again. */
static int64_t judge(const struct watchdog *watchdog, size_t index, int64_t now_ns)
{
    const struct worker_page *page = scoreboard_page(watchdog->board, index);
    struct slot *slot = &watchdog->slots->at[index];
    struct suspect suspect = {
        .slot = slot,
        .page = page,
        .who = {watchdog->config->name, index, slot->pid},
        .connection = atomic_load(&page->connection),
        .began_ns = clock_earlier_ns(atomic_load(&page->began_ns), now_ns),
        .moved_ns = clock_earlier_ns(atomic_load(&page->moved_ns), now_ns),
    };
    int64_t next_ns = WATCHDOG_NEVER;

    if (slot->killed)
        return WATCHDOG_NEVER;
    if (slot->stopped_ns != 0)
        next_ns = judge_stopped(&suspect, now_ns);
    if (suspect.connection == 0 || slot->killed)
        return next_ns;
    /* The stamps may be of the one before, when the number changed between the reads. */
    if (atomic_load(&page->connection) != suspect.connection)
        return now_ns;
    return clock_earlier_ns(next_ns, judge_busy(watchdog, &suspect, now_ns));
}

static int64_t judge_all(const struct watchdog *watchdog, int64_t now_ns)
{
    int64_t next_ns = WATCHDOG_NEVER;

    for (size_t i = 0; i < watchdog->slots->size; i++) {
        if (watchdog->slots->at[i].state != SLOT_FREE)
            next_ns = clock_earlier_ns(next_ns, judge(watchdog, i, now_ns));
    }
    return next_ns;
}

/* A few scans for each timeout are enough, however many deadlines there are. */
static int64_t scan_interval_ns(int64_t shortest_ns)
{
    return clock_earlier_ns(clock_later_ns(shortest_ns / 16, SCAN_INTERVAL_MIN_NS),
                            SCAN_INTERVAL_MAX_NS);
}

/* Nobody has a deadline: from now on whoever gets busy says so. Whoever got busy just now did not
 * know that yet, so look once more. */
static int64_t fall_asleep(const struct watchdog *watchdog, int64_t now_ns)
{
    struct pool_hints *hints = scoreboard_hints(watchdog->board);
    int64_t next_ns;

    atomic_store(&hints->asleep, 1);
    next_ns = judge_all(watchdog, now_ns);
    if (next_ns != WATCHDOG_NEVER)
        atomic_store(&hints->asleep, 0);
    return next_ns;
}

int64_t watchdog_judge(const struct watchdog *watchdog, int64_t now_ns)
{
    const struct pool_config *config = watchdog->config;
    int64_t shortest_ns = clock_earlier_ns(config->idle_timeout_ns, config->max_connection_time_ns);
    int64_t next_ns = judge_all(watchdog, now_ns);

    if (next_ns == WATCHDOG_NEVER && shortest_ns != NUMBER_UNLIMITED)
        next_ns = fall_asleep(watchdog, now_ns);
    if (next_ns == WATCHDOG_NEVER)
        return next_ns;
    /* Awake, nobody tells us of who gets busy meanwhile: they can be late this soon. */
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
