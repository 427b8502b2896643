/*
 * station: see station.h.
 */
#include "server/pool/pool.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SUCCESSORS = 64 /* at once */, SCALE_FACTOR = 4 };

struct number_range station_worker_range(const struct pool_config *config)
{
    if (config->workers.min < config->workers.max)
        return config->workers;
    return (struct number_range){1, config->workers.max * SCALE_FACTOR};
}

/* Beside as many workers as the operator may ever ask for, successors of those that have served
 * their number. What nobody uses is address space and nothing else. */
static size_t count_slots(const struct pool_config *config)
{
    size_t workers = (size_t)station_worker_range(config).max;

    if (config->max_connections_per_worker == NUMBER_UNLIMITED)
        return workers;
    return workers + (workers < SUCCESSORS ? workers : SUCCESSORS);
}

static int open_lifeline(struct station *station)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    station->lifeline_read_fd = ends[0];
    station->lifeline_write_fd = ends[1];
    return 0;
}

/* The room for its workers, and the pipe by which they follow. */
static int open_room(struct station *station, struct failure *failure)
{
    const struct pool_config *config = station->config;

    station->pool = pool_create(count_slots(config));
    station->board = scoreboard_create(count_slots(config));
    if (station->pool == NULL || station->board == NULL || open_lifeline(station) < 0)
        return fail(failure, STATUS_SYSTEM, "cannot make pool %s: %s", config->name,
                    strerror(errno));
    station->hints = scoreboard_hints(station->board);
    station->watchdog =
        (struct watchdog){.config = config, .pool = station->pool, .board = station->board};
    return 0;
}

static int find_service(struct station *station, struct failure *failure)
{
    const struct pool_config *config = station->config;

    station->service = service_find(config->service);
    if (config->type == SOCK_DGRAM && station->service->datagram == NULL)
        return fail(failure, STATUS_CONFIG, "pool %s: service '%s' has no datagrams", config->name,
                    config->service);
    return 0;
}

static struct station *create(const struct pool_config *config, uint64_t generation,
                              struct failure *failure)
{
    struct station *station = calloc(1, sizeof(*station));

    if (station == NULL) {
        fail(failure, STATUS_SYSTEM, "cannot make pool %s: %s", config->name, strerror(errno));
        return NULL;
    }
    station->generation = generation;
    station->config = config;
    station->lifeline_read_fd = station->lifeline_write_fd = -1;
    station->judge_ns = WATCHDOG_NEVER;
    station->workers = config->workers;
    station->target = (size_t)config->workers.min;
    station->tally = tally_empty();
    return station;
}

static struct listener *find_listener(const struct station *station, struct listener *there,
                                      int64_t patience_ns, struct failure *failure)
{
    bool client_speaks_first = station->service->client_speaks_first;

    if (there != NULL)
        return listener_share(there, station->config, client_speaks_first, failure);
    return listener_open(station->config, client_speaks_first, patience_ns, failure);
}

struct station *station_open(const struct pool_config *config, uint64_t generation,
                             struct listener *there, int64_t patience_ns, struct failure *failure)
{
    struct station *station = create(config, generation, failure);

    if (station == NULL)
        return NULL;
    if (find_service(station, failure) == 0 && open_room(station, failure) == 0) {
        station->listener = find_listener(station, there, patience_ns, failure);
        if (station->listener != NULL)
            return station;
    }
    station_close(station);
    return NULL;
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

void station_close(struct station *station)
{
    if (station->listener != NULL)
        listener_drop(station->listener);
    close_if_open(station->lifeline_read_fd);
    close_if_open(station->lifeline_write_fd);
    if (station->pool != NULL)
        pool_destroy(station->pool);
    scoreboard_destroy(station->board);
    free(station);
}

void station_disown(const struct station *station, const struct station *own)
{
    if (station->listener != NULL && (station == own || station->listener != own->listener))
        listener_disown(station->listener, station == own);
    close_if_open(station->lifeline_write_fd);
    if (station == own)
        return;
    close_if_open(station->lifeline_read_fd);
    scoreboard_leave(station->board);
}

struct tally station_tally(const struct station *station, int64_t now_ns)
{
    struct tally tally = station->tally;

    for (size_t slot = 0; slot < station->pool->size; slot++) {
        const struct worker_page *page = scoreboard_page(station->board, slot);

        if (station->pool->slots[slot].state == SLOT_FREE)
            continue;
        counters_merge(&tally.ended, &page->counters);
        rates_keep(&tally.rates, page, now_ns / NS_PER_S);
    }
    return tally;
}

void station_signal_workers(const struct station *station, int number)
{
    for (size_t i = 0; i < station->pool->size; i++) {
        if (station->pool->slots[i].state != SLOT_FREE)
            kill(station->pool->slots[i].pid, number);
    }
}

size_t station_count_busy(const struct station *station)
{
    size_t busy = 0;

    for (size_t i = 0; i < station->pool->size; i++) {
        if (station->pool->slots[i].state != SLOT_FREE &&
            atomic_load(&scoreboard_page(station->board, i)->connection) != 0)
            busy++;
    }
    return busy;
}

int station_look_at_queue(struct station *station, struct queue_depth *depth)
{
    if (station->config->type != SOCK_STREAM || !station_listens(station) ||
        queue_look(station->listener->fd, &station->listener->endpoint, depth) < 0)
        return -1;
    if (depth->length > station->tally.queue_peak)
        station->tally.queue_peak = depth->length;
    return 0;
}
