/*
 * supervise: see supervise.h.
 */
#include "server/pool/kinds/supervise.h"

#include <signal.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/number.h"
#include "server/pool/pool.h"

/* How many times ready_after may pass until a program has to say something. */
enum { WORD_FACTOR = 10 };

int64_t supervise_word_limit_ns(const struct pool_config *config)
{
    return WORD_FACTOR * config->ready_after_ns;
}

/* The program itself gets it where it has left its group: once, as process_signal() does it. A
 * number that is no process's any more is no other's as long as the program has not been reaped. */
void supervise_signal(struct pool *pool, size_t slot, int number)
{
    pid_t pid = pool->slots->at[slot].pid;

    if (kill(-pid, number) < 0 || getpgid(pid) != pid)
        slots_signal(pool->slots, slot, number);
}

/* End the program of SLOT: by TERM now, and by KILL after kill_after. */
static void end_program(struct pool *pool, size_t slot, int64_t now_ns)
{
    pool->residents->at[slot]->end_ns = NEVER_NS;
    pool->residents->at[slot]->kill_ns = now_ns + pool->config->kill_after_ns;
    supervise_signal(pool, slot, SIGTERM);
}

/* End the program of SLOT if it should have said by now that it is ready. A master that was itself
 * stopped did not hear it. Returns when that will be. */
static int64_t judge_silent(struct pool *pool, size_t slot, int64_t now_ns)
{
    struct resident *resident = pool->residents->at[slot];
    int64_t started_ns = pool->slots->at[slot].started_ns;
    int64_t due_ns = clock_later_ns(started_ns, pool->watchdog.returned_ns) +
                     supervise_word_limit_ns(pool->config);

    if (resident->is_late)
        return NEVER_NS;
    if (now_ns < due_ns)
        return due_ns;
    log_line(LOG_WARNING, "%s %d (pool %s, slot %zu) sent no READY=1 for %.1f s: ended",
             pool->kind->noun, (int)pool->slots->at[slot].pid, pool->config->name, slot,
             (double)(now_ns - started_ns) / (double)NS_PER_S);
    resident->is_late = true;
    end_program(pool, slot, now_ns);
    return NEVER_NS;
}

/* Note that the program of SLOT accepts, if that is known by now. Returns when it will be. */
static int64_t judge_ready(struct pool *pool, size_t slot, int64_t now_ns)
{
    int64_t ready_ns = pool->slots->at[slot].started_ns + pool->config->ready_after_ns;

    if (pool->config->notify != 0 && !pool->residents->at[slot]->is_ready)
        return judge_silent(pool, slot, now_ns);
    if (now_ns < ready_ns && pool->config->notify == 0)
        return ready_ns;
    atomic_store(&scoreboard_page(pool->board, slot)->ready, 1);
    return now_ns; /* a reload may wait for this */
}

/* End the row of failures once the program of SLOT has run for ready_after: one that says READY=1
 * and ends at once would be started again and again. Returns when that will be. */
static int64_t judge_lasting(struct pool *pool, size_t slot, int64_t now_ns)
{
    struct resident *resident = pool->residents->at[slot];
    int64_t due_ns = pool->slots->at[slot].started_ns + pool->config->ready_after_ns;

    if (resident->has_lasted || pool->slots->at[slot].state != SLOT_READY)
        return NEVER_NS;
    if (now_ns < due_ns)
        return due_ns;
    resident->has_lasted = true;
    slots_recovered(pool->slots);
    return NEVER_NS;
}

/* End the program of SLOT, which was asked to leave or is late, where that is due. Returns when it
 * will be. */
static int64_t judge_leaving(struct pool *pool, size_t slot, int64_t now_ns)
{
    struct resident *resident = pool->residents->at[slot];

    if (now_ns >= resident->end_ns) {
        log_line(LOG_WARNING, "%s %d (pool %s, slot %zu): stop_timeout is over: ended",
                 pool->kind->noun, (int)pool->slots->at[slot].pid, pool->config->name, slot);
        end_program(pool, slot, now_ns);
    }
    if (now_ns >= resident->kill_ns) {
        resident->kill_ns = NEVER_NS;
        pool->slots->at[slot].killed = true;
        supervise_signal(pool, slot, SIGKILL);
    }
    return clock_earlier_ns(resident->end_ns, resident->kill_ns);
}

/* Have the program of SLOT, which serves, replaced where it is old enough; programs that were
 * started together not all at once. Returns when it will be. */
static int64_t judge_age(struct pool *pool, size_t slot, int64_t now_ns)
{
    int64_t age_ns = pool->config->max_age_ns, started_ns = pool->slots->at[slot].started_ns,
            due_ns;

    if (age_ns == NUMBER_UNLIMITED || pool->slots->at[slot].state != SLOT_READY)
        return NEVER_NS;
    due_ns = started_ns + number_vary(age_ns, started_ns, pool->slots->at[slot].pid);
    if (now_ns < due_ns)
        return due_ns;
    atomic_store(&scoreboard_page(pool->board, slot)->spent, 1);
    return NEVER_NS;
}

/* Kill the program of SLOT where its pulse is missing: its replacement is started at once. A master
 * that was itself stopped heard of none. Returns when the next one has to have come. */
static int64_t judge_pulse(struct pool *pool, size_t slot, int64_t now_ns)
{
    struct resident *resident = pool->residents->at[slot];
    int64_t due_ns;

    if (resident->pulse_ns == NEVER_NS || pool->slots->at[slot].killed)
        return NEVER_NS;
    due_ns = clock_later_ns(resident->pulse_ns, pool->watchdog.returned_ns) +
             supervise_word_limit_ns(pool->config);
    if (now_ns < due_ns)
        return due_ns;
    log_line(LOG_WARNING, "%s %d (pool %s, slot %zu) sent no WATCHDOG=1 for %.1f s: killed",
             pool->kind->noun, (int)pool->slots->at[slot].pid, pool->config->name, slot,
             (double)(now_ns - resident->pulse_ns) / (double)NS_PER_S);
    pool->slots->at[slot].killed = true;
    supervise_signal(pool, slot, SIGKILL);
    return NEVER_NS;
}

int64_t supervise_continue(struct pool *pool, int64_t now_ns)
{
    int64_t due_ns = notify_continue(&pool->residents->notify, now_ns);

    for (size_t slot = 0; slot < pool->slots->size; slot++) {
        struct resident *resident = pool->residents->at[slot];

        if (resident == NULL)
            continue;
        if (pool->slots->at[slot].state == SLOT_STARTING)
            due_ns = clock_earlier_ns(due_ns, judge_ready(pool, slot, now_ns));
        due_ns = clock_earlier_ns(due_ns, judge_lasting(pool, slot, now_ns));
        due_ns = clock_earlier_ns(due_ns, judge_age(pool, slot, now_ns));
        due_ns = clock_earlier_ns(due_ns, judge_pulse(pool, slot, now_ns));
        due_ns = clock_earlier_ns(due_ns, judge_leaving(pool, slot, now_ns));
        due_ns = clock_earlier_ns(due_ns, output_continue(&resident->output, now_ns));
    }
    return due_ns;
}
