/*
 * pool: see pool.h.
 */
#include "server/pool/pool.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/net/listener_watch.h"
#include "server/pool/kept_module.h"
#include "server/pool/kinds/supervise.h"
#include "server/scoreboard/reading.h"
#include "server/scoreboard/source_board.h"
#include "server/worker/connection/access_table.h"
#include "server/worker/connection/source_limit.h"
#include "server/worker/sandbox/sandbox.h"

#define READY_WITHIN_NS (10 * NS_PER_S)

enum { SUCCESSORS_MAX = 64 /* at once */, SCALE_FACTOR = 4 };

struct number_range pool_worker_range(const struct pool_config *config)
{
    if (config->workers.min < config->workers.max)
        return config->workers;
    return (struct number_range){1, config->workers.max * SCALE_FACTOR};
}

bool pool_replaces_workers(const struct pool_config *config)
{
    return config->max_connections_per_worker != NUMBER_UNLIMITED ||
           (config->is_resident && config->max_age_ns != NUMBER_UNLIMITED);
}

/* Returns enough slots for as many workers as the operator may ever ask for, and for successors of
 * those that are replaced. A slot that is never used costs address space and nothing else. */
static size_t count_slots(const struct pool_config *config)
{
    size_t workers = (size_t)pool_worker_range(config).max;

    if (!pool_replaces_workers(config))
        return workers;
    return workers + (workers < SUCCESSORS_MAX ? workers : SUCCESSORS_MAX);
}

static int open_lifeline(struct pool *pool)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    pool->lifeline_read_fd = ends[0];
    pool->lifeline_write_fd = ends[1];
    return 0;
}

/* Return the board of an earlier generation of POOL, so that a source that has connections to both
 * is counted once; NULL: there is none. */
static struct source_board *find_sources(const struct pool *pool)
{
    for (const struct pool *other = *pool->host->pools; other != NULL; other = other->next) {
        if (other->sources != NULL && other->generation != pool->generation &&
            strcmp(other->config->name, pool->config->name) == 0)
            return other->sources;
    }
    return NULL;
}

/* Have the sources of POOL's clients counted, where that is configured. Returns 0, or -1 with
 * errno. */
static int open_sources(struct pool *pool)
{
    struct source_board *earlier;

    if (!source_limit_is_set(pool->config))
        return 0;
    earlier = find_sources(pool);
    pool->sources = earlier == NULL ? source_board_create() : source_board_share(earlier);
    return pool->sources == NULL ? -1 : 0;
}

/* Make room for the workers, the table of who may call, the board of their sources and the sandbox,
 * and the pipes by which workers are retired and wake the master. */
static MAY_FAIL open_slots(struct pool *pool, struct failure *failure)
{
    const struct pool_config *config = pool->config;

    pool->slots = slots_create(count_slots(config), pool->kind->noun);
    pool->board = scoreboard_create(count_slots(config));
    pool->ledger = ledger_create(count_slots(config));
    if (access_table_create(config, &pool->access) < 0 || open_sources(pool) < 0 ||
        sandbox_create(config, &pool->sandbox) < 0 || pool->slots == NULL || pool->board == NULL ||
        pool->ledger == NULL || open_lifeline(pool) < 0 ||
        wakeup_open(&pool->wakeup, pool->host->loop, pool->host->on_wakeup, pool) < 0)
        return fail(failure, STATUS_SYSTEM, "cannot make pool %s: %s", config->name,
                    strerror(errno));
    pool->hints = scoreboard_hints(pool->board);
    atomic_store(&pool->hints->stop_timeout_ns, pool->root->stop_timeout_ns);
    pool->watchdog =
        (struct watchdog){.config = config, .slots = pool->slots, .board = pool->board};
    return NULL;
}

/* Returns whether PID is the worker of SLOT, or was it not long ago: its lines may come after
 * its end. */
static bool has_worker(const void *context, size_t slot, pid_t pid)
{
    const struct pool *pool = context;

    return slot < pool->slots->size &&
           (pid == pool->slots->at[slot].pid || pid == pool->slots->at[slot].former_pid);
}

/* Open the channel by which the workers log. */
static MAY_FAIL open_channel(struct pool *pool, struct failure *failure)
{
    const struct log_source source = {.pool = pool->config->name,
                                      .logs_connections = pool->config->log_connections != 0,
                                      .has_worker = has_worker,
                                      .context = pool};

    if (log_channel_open(&pool->channel, &source) == 0) {
        if (log_relay_add(pool->host->relay, &pool->channel) == 0)
            return NULL;
        log_channel_close(&pool->channel);
    }
    return fail(failure, STATUS_SYSTEM, "cannot make the log channel of pool %s: %s",
                pool->config->name, strerror(errno));
}

static MAY_FAIL open_kind(struct pool *pool, struct failure *failure)
{
    if (pool->kind->open == NULL || pool->kind->open(pool) == 0)
        return NULL;
    return fail(failure, STATUS_SYSTEM, "cannot prepare the programs of pool %s: %s",
                pool->config->name, strerror(errno));
}

MAY_FAIL pool_open(const struct pool_host *host, const struct pool_origin *origin,
                   struct listener *listener, struct pool **opened, struct failure *failure)
{
    const struct pool_config *config = &origin->root->pools[origin->index];
    struct pool *pool = malloc(sizeof(*pool));
    const struct failed *failed;

    if (pool == NULL) {
        failed =
            fail(failure, STATUS_SYSTEM, "cannot make pool %s: %s", config->name, strerror(errno));
        listener_drop(listener);
        return failed;
    }
    *pool = (struct pool){.host = host,
                          .generation = origin->generation,
                          .root = origin->root,
                          .config = config,
                          .service = service_of(config),
                          .kind = kind_of(config),
                          .listener = listener,
                          .channel = {.read_fd = -1, .write_fd = -1},
                          .module_fd = -1,
                          .lifeline_read_fd = -1,
                          .lifeline_write_fd = -1,
                          .judge_ns = NEVER_NS,
                          .hints_ns = NEVER_NS,
                          .workers = config->workers,
                          .target = (size_t)config->workers.min,
                          .totals = totals_empty()};
    failed = open_slots(pool, failure);
    if (failed == NULL)
        failed = open_channel(pool, failure);
    if (failed == NULL)
        failed = open_kind(pool, failure);
    if (failed == NULL)
        kept_module_open(pool);
    if (failed != NULL) {
        pool_close(pool);
        return failed;
    }
    listener_watch(listener, host->loop);
    *opened = pool;
    return NULL;
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

void pool_close(struct pool *pool)
{
    if (pool->kind->close != NULL)
        pool->kind->close(pool);
    if (pool->listener != NULL)
        listener_drop(pool->listener);
    close_if_open(pool->module_fd);
    close_if_open(pool->lifeline_read_fd);
    close_if_open(pool->lifeline_write_fd);
    wakeup_close(&pool->wakeup);
    if (pool->channel.read_fd >= 0) {
        log_relay_remove(&pool->channel);
        log_channel_close(&pool->channel);
    }
    if (pool->slots != NULL)
        slots_destroy(pool->slots);
    scoreboard_destroy(pool->board);
    ledger_destroy(pool->ledger);
    access_table_destroy(pool->access);
    sandbox_destroy(pool->sandbox);
    source_board_leave(pool->sources);
    free(pool);
}

void pool_excuse_absence(struct pool *pool, int64_t now_ns)
{
    watchdog_excuse(&pool->watchdog, now_ns);
    pool->judge_ns = now_ns;
}

int64_t pool_ready_within_ns(const struct config *root)
{
    int64_t longest_ns = 0;

    for (size_t i = 0; i < root->pool_count; i++) {
        const struct pool_config *config = &root->pools[i];

        if (config->is_resident)
            longest_ns =
                clock_later_ns(longest_ns, config->notify != 0 ? supervise_word_limit_ns(config)
                                                               : config->ready_after_ns);
    }
    return READY_WITHIN_NS + longest_ns;
}

void pool_mend_hints(struct pool *pool, int64_t now_ns)
{
    pool->hints_ns = pool->scale_ns = now_ns;
    if (atomic_load(&pool->hints->asleep) == 0)
        pool->judge_ns = clock_earlier_ns(pool->judge_ns, now_ns);
}

void pool_ask_all(struct pool *pool, enum kind_request request)
{
    for (size_t slot = 0; slot < pool->slots->size; slot++) {
        if (pool->slots->at[slot].state != SLOT_FREE)
            pool->kind->ask(pool, slot, request);
    }
}

void pool_watch_module(struct pool *pool, int64_t now_ns)
{
    if (pool->config->runs_module)
        pool->judge_ns = clock_earlier_ns(pool->judge_ns, now_ns);
}

void pool_retire_worker(struct pool *pool, size_t slot)
{
    if (pool->listener != NULL)
        listener_restore_blocking(pool->listener, pool->config->name);
    pool->kind->ask(pool, slot, REQUEST_LEAVE);
    slots_leaves(pool->slots, slot);
    pool_watch_module(pool, clock_coarse_ns());
}
