/*
 * resident: the kind of pool whose slots run a program that accepts by itself.
 *
 * A program has no page of the scoreboard: it is not mapped there. So the pages are the master's
 * alone, which notes on them what it has found out, where a worker would say so itself.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/number.h"
#include "common/text.h"
#include "server/pool/kinds/birth.h"
#include "server/pool/kinds/kind.h"
#include "server/pool/kinds/notify.h"
#include "server/pool/kinds/output.h"
#include "server/pool/pool.h"

enum {
    SHELL_SIGNAL_STATUS = 128 /* and the number: a program's word for the signal that ended it */
};

/* How many times ready_after may pass from one pulse to the next. */
enum { PULSE_FACTOR = 10, STATUS_SIZE = 80 };

/* What the master has of a program. */
struct resident {
    struct output output;
    int64_t end_ns; /* when it is ended, as it was asked to leave and stays; NEVER_NS */
    int64_t kill_ns;
    bool is_ready;    /* it said so */
    bool has_lasted;  /* it serves, and has run for ready_after */
    int64_t pulse_ns; /* when it said last that it lives; NEVER_NS: it never did, and need not */
    char status[STATUS_SIZE];
};

struct residents {
    struct notify notify;
    size_t capacity;
    struct resident *at[]; /* by slot; NULL: there is no program */
};

const struct pool_kind *kind_of(const struct pool_config *config)
{
    return config->is_resident ? &kind_resident : &kind_worker;
}

static void note_assignment(struct resident *resident, const char *name, const char *value)
{
    if (strcmp(name, "READY") == 0 && strcmp(value, "1") == 0)
        resident->is_ready = true;
    else if (strcmp(name, "WATCHDOG") == 0 && strcmp(value, "1") == 0)
        resident->pulse_ns = clock_coarse_ns();
    else if (strcmp(name, "STATUS") == 0)
        text_copy_printable(value, resident->status, sizeof(resident->status));
}

/* Note what the process PID says of itself, if it is a program of this pool. */
static void on_message(void *context, pid_t pid, char *text)
{
    const struct pool *pool = context;
    size_t slot = slots_find(pool->slots, pid);
    struct resident *resident = slot < pool->slots->size ? pool->residents->at[slot] : NULL;
    const char *name, *value;

    while (resident != NULL && notify_next(&text, &name, &value))
        note_assignment(resident, name, value);
}

static int open_residents(struct pool *pool)
{
    size_t capacity = pool->slots->capacity;

    pool->residents = calloc(1, sizeof(*pool->residents) + capacity * sizeof(struct resident *));
    if (pool->residents == NULL)
        return -1;
    pool->residents->capacity = capacity;
    pool->residents->notify = (struct notify)NOTIFY_CLOSED;
    return pool->config->notify == 0
               ? 0
               : notify_open(&pool->residents->notify, pool->host->loop, on_message, pool);
}

static void discard(struct pool *pool, size_t slot)
{
    struct resident **resident = &pool->residents->at[slot];

    if (*resident == NULL)
        return;
    output_close(&(*resident)->output);
    free(*resident);
    *resident = NULL;
}

static void close_residents(struct pool *pool)
{
    if (pool->residents == NULL)
        return;
    for (size_t slot = 0; slot < pool->residents->capacity; slot++)
        discard(pool, slot);
    notify_close(&pool->residents->notify);
    free(pool->residents);
    pool->residents = NULL;
}

static int prepare(struct pool *pool, size_t slot)
{
    struct resident *resident = malloc(sizeof(*resident));

    discard(pool, slot); /* of a program that was waited for no longer */
    if (resident == NULL)
        return -1;
    resident->end_ns = resident->kill_ns = resident->pulse_ns = NEVER_NS;
    resident->is_ready = resident->has_lasted = false;
    resident->status[0] = '\0';
    if (output_open(&resident->output, pool->host->loop, pool->host->relay->sink,
                    pool->config->name) < 0) {
        free(resident);
        return -1;
    }
    pool->residents->at[slot] = resident;
    return 0;
}

static void forked(struct pool *pool, size_t slot, pid_t pid)
{
    int cause = errno;

    if (pid > 0)
        output_begin(&pool->residents->at[slot]->output, pid);
    else
        discard(pool, slot);
    errno = cause;
}

static int64_t pulse_limit_ns(const struct pool *pool)
{
    return PULSE_FACTOR * pool->config->ready_after_ns;
}

static _Noreturn void run(const struct pool *pool, size_t slot)
{
    const struct residents *residents = pool->residents;
    const struct birth_job job = {
        .config = pool->config,
        .listener_fd = pool->listener->fd,
        .error_fd = residents->at[slot]->output.lines.write_fd,
        .notify_socket = residents->notify.fd < 0 ? NULL : residents->notify.name,
        .watchdog_ns = pulse_limit_ns(pool),
        .log = {.fd = pool->channel.write_fd,
                .level = (enum log_level)pool->root->log_level,
                .relayed = true,
                .slot = slot},
        .master = pool->host->pid,
    };

    birth_run(&job);
}

/* Signal the program, and its process group, which it may have left. A number that is no process's
 * any more is no other's as long as the program has not been reaped. */
static void signal_group(struct pool *pool, size_t slot, int number)
{
    kill(-pool->slots->at[slot].pid, number);
    slots_signal(pool->slots, slot, number);
}

/* Ask the program to finish: it alone, for what its other processes are to do it knows itself. One
 * that stays is ended in the end; in a stop the pool sees to that. */
static void ask_to_leave(struct pool *pool, size_t slot)
{
    struct resident *resident = pool->residents->at[slot];
    int64_t timeout_ns = pool->root->stop_timeout_ns;

    slots_signal(pool->slots, slot, (int)pool->config->stop_signal);
    if (pool->phase == PHASE_RUNNING && timeout_ns != NUMBER_UNLIMITED)
        resident->end_ns = clock_coarse_ns() + timeout_ns;
}

static void ask(struct pool *pool, size_t slot, enum kind_request request)
{
    switch (request) {
    case REQUEST_ACCEPT: /* it has a listener of its own, and hears of each client */
        break;
    case REQUEST_LEAVE:
    case REQUEST_CLOSE:
        ask_to_leave(pool, slot);
        break;
    case REQUEST_END:
        signal_group(pool, slot, SIGTERM);
        break;
    case REQUEST_KILL:
        signal_group(pool, slot, SIGKILL);
    }
}

/* Returns whether a program that was asked to leave ends so: by its own exit, by a signal that it
 * was sent and does not handle, or with a status that says as much. */
static bool is_answer(const struct pool *pool, size_t slot, int status)
{
    int number = (int)pool->config->stop_signal;

    if (WIFEXITED(status))
        return WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == SHELL_SIGNAL_STATUS + number ||
               WEXITSTATUS(status) == SHELL_SIGNAL_STATUS + SIGTERM;
    return WTERMSIG(status) == number || WTERMSIG(status) == SIGTERM ||
           pool->slots->at[slot].killed;
}

/* A program may end by itself when it has done enough, and is replaced. */
static bool is_in_order(const struct pool *pool, size_t slot, int status, bool is_leaving)
{
    if (is_leaving)
        return is_answer(pool, slot, status);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 &&
           atomic_load(&scoreboard_page(pool->board, slot)->ready) != 0;
}

/* What is left of its group would accept on, and nothing would end it. The program has been reaped;
 * but while its group has a process, no other process or group gets its number. */
static void ended(struct pool *pool, size_t slot)
{
    kill(-pool->slots->at[slot].pid, SIGKILL);
    discard(pool, slot);
}

/* Note that the program of SLOT accepts, if that is known by now. Returns when it will be. */
static int64_t judge_ready(struct pool *pool, size_t slot, int64_t now_ns)
{
    int64_t ready_ns = pool->slots->at[slot].started_ns + pool->config->ready_after_ns;

    if (pool->config->notify != 0)
        ready_ns = pool->residents->at[slot]->is_ready ? now_ns : NEVER_NS;
    if (now_ns < ready_ns)
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

/* End the program of SLOT, which was asked to leave, where that is due. Returns when it will be. */
static int64_t judge_leaving(struct pool *pool, size_t slot, int64_t now_ns)
{
    struct resident *resident = pool->residents->at[slot];

    if (now_ns >= resident->end_ns) {
        log_line(LOG_WARNING, "%s %d (pool %s, slot %zu): stop_timeout is over: ended",
                 pool->kind->noun, (int)pool->slots->at[slot].pid, pool->config->name, slot);
        resident->end_ns = NEVER_NS;
        resident->kill_ns = now_ns + pool->config->kill_after_ns;
        signal_group(pool, slot, SIGTERM);
    }
    if (now_ns >= resident->kill_ns) {
        resident->kill_ns = NEVER_NS;
        pool->slots->at[slot].killed = true;
        signal_group(pool, slot, SIGKILL);
    }
    return clock_earlier_ns(resident->end_ns, resident->kill_ns);
}

/* Have the program of SLOT, which serves, replaced where it is old enough; programs that were
 * started together not all at once. Returns when it will be. */
static int64_t judge_age(struct pool *pool, size_t slot, int64_t now_ns)
{
    int64_t age_ns = pool->config->max_age_ns, due_ns;

    if (age_ns == NUMBER_UNLIMITED || pool->slots->at[slot].state != SLOT_READY)
        return NEVER_NS;
    due_ns = pool->slots->at[slot].started_ns + age_ns - age_ns / 100 * (int64_t)(slot % 10);
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
    due_ns = clock_later_ns(resident->pulse_ns, pool->watchdog.returned_ns) + pulse_limit_ns(pool);
    if (now_ns < due_ns)
        return due_ns;
    log_line(LOG_WARNING, "%s %d (pool %s, slot %zu) sent no WATCHDOG=1 for %.1f s: killed",
             pool->kind->noun, (int)pool->slots->at[slot].pid, pool->config->name, slot,
             (double)(now_ns - resident->pulse_ns) / (double)NS_PER_S);
    pool->slots->at[slot].killed = true;
    signal_group(pool, slot, SIGKILL);
    return NEVER_NS;
}

static int64_t upkeep(struct pool *pool, int64_t now_ns)
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

static const char *says(const struct pool *pool, size_t slot)
{
    const struct resident *resident = pool->residents->at[slot];

    return resident == NULL || resident->status[0] == '\0' ? NULL : resident->status;
}

const struct pool_kind kind_resident = {
    .noun = "program",
    .open = open_residents,
    .close = close_residents,
    .prepare = prepare,
    .forked = forked,
    .ended = ended,
    .says = says,
    .upkeep = upkeep,
    .run = run,
    .ask = ask,
    .is_in_order = is_in_order,
};
