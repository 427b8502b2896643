/*
 * Unit tests of client/control/snapshot: a whole reply is read, and no reply that is cut or mangled
 * does harm.
 */
#include "client/control/snapshot.h"

#include <stdlib.h>

#include "tests/unit/tap.h"

static const char reply[] =
    "pid 42\nname web.1\nversion 0.1.0\nuptime_ns 5000\nphase running\ngeneration "
    "7\nlog_lines_dropped 3\n"
    "pool main\nendpoint unix:/s\nuser daemon\nstate running\nnoun program\nsandbox enforce "
    "without seccomp\n"
    "busy 2\nidle 1\nqueue -\ntook 5 17\ntook 63 1\n"
    "took 64 9\noldest_peer 127.0.0.1:9\nboard WW_\n"
    "worker 0 100 1 busy 12 7 a unix client\nworker 1 101 2 idle 13 8 -\n"
    "pool other\nbusy 0\n"
    "pool main\nworker 5 102 1 leaving 1 1 -\n"
    "source 1 0 10.0.0.2\nsource 1 0 user:7\nsource 0 9 10.0.0.1\nsource 1 0 10.0.0.2\n"
    "source 0 9223372036854775807 10.0.0.2\nsource 0 1 10.0.0.2\nsource 1 - 10.0.0.3\n"
    "source 1 2\nsource -1 2 10.0.0.9\nsource x 2 10.0.0.9\n";

/* Check the source of POOL at INDEX. */
static void expect_source(const struct snapshot_pool *pool, size_t index, const char *name,
                          int64_t connections, int64_t refused)
{
    const struct snapshot_source *source = &pool->sources[index];

    is_text(source->name, name, "source %zu", index);
    is_number(source->connections, connections, "the connections of %s", name);
    is_number(source->refused, refused, "how many of %s were refused", name);
}

static void test_sources(const struct snapshot *snapshot)
{
    const struct snapshot_pool *pool = &snapshot->pools[0];

    is_number(pool->source_count, 4, "each source once");
    is_number(snapshot->pools[1].source_count, 0, "and a pool without any");
    expect_source(pool, 0, "10.0.0.2", 2, INT64_MAX);
    expect_source(pool, 1, "user:7", 1, 0);
    expect_source(pool, 2, "10.0.0.3", 1, STAT_UNKNOWN);
    expect_source(pool, 3, "10.0.0.1", 0, 9);
}

static void test_whole(void)
{
    char *text = strdup(reply);
    struct snapshot snapshot;
    const struct snapshot_pool *pool;

    is_number(snapshot_read(text, &snapshot), 0, "it is read");
    is_number(snapshot.pid, 42, "pid");
    is_text(snapshot.name, "web.1", "the master's name");
    is_text(snapshot.phase, "running", "phase");
    is_number(snapshot.generation, 7, "generation");
    is_number(snapshot.log_lines_dropped, 3, "log_lines_dropped");
    is_number(snapshot.pool_count, 2, "two pools, one of them named twice");
    pool = &snapshot.pools[0];
    is_text(pool->user, "daemon", "with whose rights they run");
    ok(snapshot.pools[1].user == NULL, "which an older master does not say");
    is_text(pool->noun, "program", "what its processes are called");
    is_text(snapshot.pools[1].noun, "worker", "and where the master does not say");
    is_text(pool->sandbox, "enforce without seccomp", "its sandbox");
    is_text(snapshot.pools[1].sandbox, NULL, "and where the master does not say");
    is_number(pool->stats.busy, 2, "busy");
    is_number(pool->stats.queue, STAT_UNKNOWN, "an unknown figure");
    is_number(pool->stats.crashes, STAT_UNKNOWN, "a missing figure is unknown");
    is_number(pool->took[5], 17, "a bucket");
    is_number(pool->took[63], 1, "the last bucket");
    is_text(pool->oldest_peer, "127.0.0.1:9", "the oldest peer");
    is_number(pool->worker_count, 3, "its workers");
    is_text(pool->workers[0].peer, "a unix client", "a peer with blanks");
    ok(pool->workers[1].peer == NULL, "no peer");
    is_number(pool->workers[2].state, WORKER_LEAVING, "a state");
    is_number(snapshot.pools[1].stats.busy, 0, "the other pool");
    test_sources(&snapshot);
    snapshot_free(&snapshot);
    free(text);
}

static void try(const char *bytes, size_t length, int *read, int *refused)
{
    char *text = strndup(bytes, length);
    struct snapshot snapshot;

    if (snapshot_read(text, &snapshot) == 0) {
        snapshot_free(&snapshot);
        ++*read;
    } else {
        ++*refused;
    }
    free(text);
}

static void test_harm(void)
{
    char text[sizeof(reply)];
    int read = 0, refused = 0;

    for (size_t length = 0; length < sizeof(reply); length++)
        try(reply, length, &read, &refused);
    for (size_t i = 0; i < sizeof(reply) - 1; i++) {
        for (const char *byte = " \n-9\xff"; *byte != '\0'; byte++) {
            memcpy(text, reply, sizeof(reply));
            text[i] = *byte;
            try(text, sizeof(text), &read, &refused);
        }
    }
    ok(read > 0 && refused > 0, "cut and mangled: %d read, %d refused, none did harm", read,
       refused);
}

int main(void)
{
    test_whole();
    test_harm();
    return tap_end();
}
