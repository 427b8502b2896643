/*
 * snapshot: see snapshot.h.
 */
#include "client/control/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/control/source_lines.h"

struct reader {
    struct snapshot *snapshot;
    struct snapshot_pool *pool; /* of which facts are read; NULL: facts of the master */
};

/* Cut the next word off *REST. Returns NULL if there is none. */
static char *next_word(char **rest)
{
    char *word = strsep(rest, " ");

    return word != NULL && *word != '\0' ? word : NULL;
}

/* Return the number TEXT, or STAT_UNKNOWN if it is none. */
static int64_t number(const char *text)
{
    char *end;
    long long value;

    if (text == NULL || *text == '\0')
        return STAT_UNKNOWN;
    errno = 0;
    value = strtoll(text, &end, 10);
    return errno != 0 || *end != '\0' ? STAT_UNKNOWN : value;
}

static const char *known(const char *text)
{
    return strcmp(text, "-") == 0 ? NULL : text;
}

/* Let facts go to the pool of that NAME, a new one if there is none yet. Returns 0, or -1 with
 * errno. */
static int enter_pool(struct reader *reader, const char *name)
{
    struct snapshot *snapshot = reader->snapshot;
    struct snapshot_pool *pools;

    for (size_t i = 0; i < snapshot->pool_count; i++) {
        reader->pool = &snapshot->pools[i];
        if (strcmp(reader->pool->name, name) == 0)
            return 0;
    }
    pools = reallocarray(snapshot->pools, snapshot->pool_count + 1, sizeof(*pools));
    if (pools == NULL)
        return -1;
    snapshot->pools = pools;
    reader->pool = &pools[snapshot->pool_count++];
    *reader->pool = (struct snapshot_pool){
        .name = name, .endpoint = "?", .state = "?", .noun = "worker", .board = ""};
    for (size_t i = 0; i < pool_stat_count; i++)
        pool_stat_set(&pool_stat_table[i], &reader->pool->stats, STAT_UNKNOWN);
    return 0;
}

static enum worker_state state_of(const char *name)
{
    size_t state = WORKER_NONE;

    while (state < WORKER_STATES && strcmp(worker_state_names[state], name) != 0)
        state++;
    return state < WORKER_STATES ? (enum worker_state)state : WORKER_NONE;
}

/* Add the worker VALUE: `SLOT PID GENERATION STATE SINCE_NS CONNECTIONS PEER`. Returns 0, or -1
 * with errno. */
static int add_worker(struct snapshot_pool *pool, char *value)
{
    enum { SLOT, PID, GENERATION, STATE, SINCE_NS, CONNECTIONS, WORDS };
    struct snapshot_worker *worker;
    const char *words[WORDS];

    for (size_t i = 0; i < WORDS; i++) {
        words[i] = next_word(&value);
        if (words[i] == NULL)
            return 0; /* the format of another version */
    }
    /* A count that is a power of two fills the array, which doubles. */
    if ((pool->worker_count & (pool->worker_count - 1)) == 0) {
        worker = reallocarray(pool->workers, pool->worker_count == 0 ? 1 : 2 * pool->worker_count,
                              sizeof(*worker));
        if (worker == NULL)
            return -1;
        pool->workers = worker;
    }
    pool->workers[pool->worker_count++] = (struct snapshot_worker){
        .slot = (size_t)number(words[SLOT]),
        .pid = (pid_t)number(words[PID]),
        .generation = number(words[GENERATION]),
        .state = state_of(words[STATE]),
        .since_ns = number(words[SINCE_NS]),
        .connections = number(words[CONNECTIONS]),
        .program_pid = STAT_UNKNOWN,
        .peer = value == NULL ? NULL : known(value),
    };
    return 0;
}

/* Store the program of the worker that was read last. */
static void set_program(struct snapshot_pool *pool, const char *value)
{
    pool->runs_programs = true;
    if (pool->worker_count > 0)
        pool->workers[pool->worker_count - 1].program_pid = number(value);
}

/* Store what the worker that was read last says of itself. */
static void set_says(struct snapshot_pool *pool, const char *value)
{
    if (pool->worker_count > 0)
        pool->workers[pool->worker_count - 1].says = value;
}

/* Store VALUE, `BUCKET COUNT`, in COUNTS. */
static void set_duration(uint64_t counts[DURATION_BUCKETS], char *value)
{
    int64_t bucket = number(next_word(&value)), count = number(next_word(&value));

    if (bucket >= 0 && bucket < DURATION_BUCKETS && count > 0)
        counts[bucket] = (uint64_t)count;
}

static int read_of_pool(struct snapshot_pool *pool, const char *name, char *value)
{
    const struct pool_stat *stat = pool_stat_find(name);

    if (stat != NULL)
        pool_stat_set(stat, &pool->stats, number(value));
    else if (strcmp(name, "worker") == 0)
        return add_worker(pool, value);
    else if (strcmp(name, "source") == 0)
        return source_lines_add(pool, value);
    else if (strcmp(name, "program") == 0)
        set_program(pool, value);
    else if (strcmp(name, "says") == 0)
        set_says(pool, value);
    else if (strcmp(name, "took") == 0)
        set_duration(pool->took, value);
    else if (strcmp(name, "exec") == 0)
        set_duration(pool->exec, value);
    else if (strcmp(name, "endpoint") == 0)
        pool->endpoint = value;
    else if (strcmp(name, "user") == 0)
        pool->user = value;
    else if (strcmp(name, "state") == 0)
        pool->state = value;
    else if (strcmp(name, "noun") == 0)
        pool->noun = value;
    else if (strcmp(name, "sandbox") == 0)
        pool->sandbox = value;
    else if (strcmp(name, "board") == 0)
        pool->board = value;
    else if (strcmp(name, "oldest_peer") == 0)
        pool->oldest_peer = known(value);
    return 0;
}

static void read_of_master(struct snapshot *snapshot, const char *name, char *value)
{
    if (strcmp(name, "pid") == 0)
        snapshot->pid = number(value);
    else if (strcmp(name, "uptime_ns") == 0)
        snapshot->uptime_ns = number(value);
    else if (strcmp(name, "generation") == 0)
        snapshot->generation = number(value);
    else if (strcmp(name, "log_lines_dropped") == 0)
        snapshot->log_lines_dropped = number(value);
    else if (strcmp(name, "reload_waits") == 0)
        snapshot->reload_waits = number(value);
    else if (strcmp(name, "reload_due_ns") == 0)
        snapshot->reload_due_ns = number(value);
    else if (strcmp(name, "version") == 0)
        snapshot->version = value;
    else if (strcmp(name, "name") == 0)
        snapshot->name = value;
    else if (strcmp(name, "phase") == 0)
        snapshot->phase = value;
}

/* Read a line, `NAME VALUE`. Returns 0, or -1 with errno. */
static int read_line(struct reader *reader, char *line)
{
    char *value = line, *name = strsep(&value, " ");

    if (value == NULL) {
        errno = EBADMSG;
        return -1;
    }
    if (strcmp(name, "pool") == 0)
        return enter_pool(reader, value);
    if (reader->pool != NULL)
        return read_of_pool(reader->pool, name, value);
    read_of_master(reader->snapshot, name, value);
    return 0;
}

int snapshot_read(char *reply, struct snapshot *snapshot)
{
    struct reader reader = {.snapshot = snapshot};
    char *line;

    *snapshot = (struct snapshot){.pid = STAT_UNKNOWN,
                                  .uptime_ns = STAT_UNKNOWN,
                                  .generation = STAT_UNKNOWN,
                                  .log_lines_dropped = STAT_UNKNOWN,
                                  .reload_waits = STAT_UNKNOWN,
                                  .reload_due_ns = STAT_UNKNOWN,
                                  .version = "?",
                                  .phase = "?"};
    while ((line = strsep(&reply, "\n")) != NULL) {
        if (*line == '\0' || read_line(&reader, line) == 0)
            continue;
        snapshot_free(snapshot);
        return -1;
    }
    for (size_t i = 0; i < snapshot->pool_count; i++)
        source_lines_merge(&snapshot->pools[i]);
    return 0;
}

void snapshot_free(struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->pool_count; i++) {
        free(snapshot->pools[i].workers);
        free(snapshot->pools[i].sources);
    }
    free(snapshot->pools);
    *snapshot = (struct snapshot){0};
}
