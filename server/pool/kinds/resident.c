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
#include "server/pool/kinds/supervise.h"
#include "server/pool/pool.h"

enum {
    SHELL_SIGNAL_STATUS = 128 /* and the number: a program's word for the signal that ended it */
};

const struct pool_kind *kind_of(const struct pool_config *config)
{
    return config->is_resident ? &kind_resident : &kind_worker;
}

static void note_assignment(struct resident *resident, const char *name, const char *value)
{
    if (strcmp(name, "READY") == 0 && strcmp(value, "1") == 0)
        resident->is_ready = !resident->is_late;
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
    resident->is_ready = resident->is_late = resident->has_lasted = false;
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

static __attribute__((noreturn)) void run(const struct pool *pool, size_t slot)
{
    const struct residents *residents = pool->residents;
    const struct birth_job job = {
        .config = pool->config,
        .sandbox = pool->sandbox,
        .listener_fd = pool->listener->fd,
        .error_fd = residents->at[slot]->output.lines.write_fd,
        .notify_socket = residents->notify.fd < 0 ? NULL : residents->notify.name,
        .watchdog_ns = supervise_word_limit_ns(pool->config),
        .log = {.fd = pool->channel.write_fd,
                .level = (enum log_level)pool->root->log_level,
                .relayed = true,
                .slot = slot},
        .master = pool->host->pid,
    };

    birth_run(&job);
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
        supervise_signal(pool, slot, SIGTERM);
        break;
    case REQUEST_KILL:
        supervise_signal(pool, slot, SIGKILL);
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

/* What is left of its group would accept on, and nothing would end it. The program has not been
 * reaped yet: its number is no other process's or group's. */
static void ended(struct pool *pool, size_t slot)
{
    kill(-pool->slots->at[slot].pid, SIGKILL);
    discard(pool, slot);
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
    .upkeep = supervise_continue,
    .run = run,
    .ask = ask,
    .is_in_order = is_in_order,
};
