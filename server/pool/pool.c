/*
 * pool: see pool.h.
 */
#include "server/pool/pool.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SUCCESSORS = 64 /* at once */, SCALE_FACTOR = 4 };

struct number_range pool_worker_range(const struct pool_config *config)
{
    if (config->workers.min < config->workers.max)
        return config->workers;
    return (struct number_range){1, config->workers.max * SCALE_FACTOR};
}

/* Beside as many workers as the operator may ever ask for, successors of those that have served
 * their number. What nobody uses is address space and nothing else. */
static size_t count_slots(const struct pool_config *config)
{
    size_t workers = (size_t)pool_worker_range(config).max;

    if (config->max_connections_per_worker == NUMBER_UNLIMITED)
        return workers;
    return workers + (workers < SUCCESSORS ? workers : SUCCESSORS);
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

/* The room for its workers, and the pipe by which they follow. */
static int open_room(struct pool *pool, struct failure *failure)
{
    const struct pool_config *config = pool->config;

    pool->slots = slots_create(count_slots(config));
    pool->board = scoreboard_create(count_slots(config));
    if (pool->slots == NULL || pool->board == NULL || open_lifeline(pool) < 0)
        return fail(failure, STATUS_SYSTEM, "cannot make pool %s: %s", config->name,
                    strerror(errno));
    pool->hints = scoreboard_hints(pool->board);
    pool->watchdog =
        (struct watchdog){.config = config, .slots = pool->slots, .board = pool->board};
    return 0;
}

static int find_service(struct pool *pool, struct failure *failure)
{
    const struct pool_config *config = pool->config;

    pool->service = service_find(config->service);
    if (config->type == SOCK_DGRAM && pool->service->datagram == NULL)
        return fail(failure, STATUS_CONFIG, "pool %s: service '%s' has no datagrams", config->name,
                    config->service);
    return 0;
}

static struct pool *create(const struct pool_config *config, uint64_t generation,
                           struct failure *failure)
{
    struct pool *pool = calloc(1, sizeof(*pool));

    if (pool == NULL) {
        fail(failure, STATUS_SYSTEM, "cannot make pool %s: %s", config->name, strerror(errno));
        return NULL;
    }
    pool->generation = generation;
    pool->config = config;
    pool->lifeline_read_fd = pool->lifeline_write_fd = -1;
    pool->judge_ns = WATCHDOG_NEVER;
    pool->workers = config->workers;
    pool->target = (size_t)config->workers.min;
    pool->totals = totals_empty();
    return pool;
}

static struct listener *find_listener(const struct pool *pool, struct listener *there,
                                      int64_t patience_ns, struct failure *failure)
{
    bool client_speaks_first = pool->service->client_speaks_first;

    if (there != NULL)
        return listener_share(there, pool->config, client_speaks_first, failure);
    return listener_open(pool->config, client_speaks_first, patience_ns, failure);
}

struct pool *pool_open(const struct pool_config *config, uint64_t generation,
                       struct listener *there, int64_t patience_ns, struct failure *failure)
{
    struct pool *pool = create(config, generation, failure);

    if (pool == NULL)
        return NULL;
    if (find_service(pool, failure) == 0 && open_room(pool, failure) == 0) {
        pool->listener = find_listener(pool, there, patience_ns, failure);
        if (pool->listener != NULL)
            return pool;
    }
    pool_close(pool);
    return NULL;
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

void pool_close(struct pool *pool)
{
    if (pool->listener != NULL)
        listener_drop(pool->listener);
    close_if_open(pool->lifeline_read_fd);
    close_if_open(pool->lifeline_write_fd);
    if (pool->slots != NULL)
        slots_destroy(pool->slots);
    scoreboard_destroy(pool->board);
    free(pool);
}

struct totals pool_totals(const struct pool *pool, int64_t now_ns)
{
    struct totals totals = pool->totals;

    for (size_t slot = 0; slot < pool->slots->size; slot++) {
        const struct worker_page *page = scoreboard_page(pool->board, slot);

        if (pool->slots->at[slot].state == SLOT_FREE)
            continue;
        counters_merge(&totals.ended, &page->counters);
        rates_keep(&totals.rates, page, now_ns / NS_PER_S);
    }
    return totals;
}

void pool_signal_workers(const struct pool *pool, int number)
{
    for (size_t i = 0; i < pool->slots->size; i++) {
        if (pool->slots->at[i].state != SLOT_FREE)
            kill(pool->slots->at[i].pid, number);
    }
}

size_t pool_count_busy(const struct pool *pool)
{
    size_t busy = 0;

    for (size_t i = 0; i < pool->slots->size; i++) {
        if (pool->slots->at[i].state != SLOT_FREE &&
            atomic_load(&scoreboard_page(pool->board, i)->connection) != 0)
            busy++;
    }
    return busy;
}

int pool_look_at_queue(struct pool *pool, struct queue_depth *depth)
{
    if (pool->config->type != SOCK_STREAM || !pool_listens(pool) ||
        accept_queue_look(pool->listener->fd, &pool->listener->endpoint, depth) < 0)
        return -1;
    if (depth->length > pool->totals.queue_peak)
        pool->totals.queue_peak = depth->length;
    return 0;
}
